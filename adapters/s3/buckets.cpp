#include "adapters/s3/buckets.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/s3/base64.hpp"
#include "adapters/s3/http_date.hpp"
#include "adapters/s3/listing.hpp"
#include "adapters/s3/part_list.hpp"
#include "adapters/s3/xml.hpp"
#include "auth/sigv4.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMaxKeys = 1000;
constexpr std::size_t kMaxBuckets = 1000;
constexpr std::size_t kMaxDocument = 4 * 1024 * 1024;
constexpr std::string_view kNamespace = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

// What a listing was asked, in either version.
struct Listing {
  S3ListQuery query;
  bool second = false;
  bool encoded = false;  // encoding-type=url
  std::string marker;    // v1
  std::string start_after;
  std::string token;

  std::string name(std::string_view text) const {
    return encoded ? auth::sigv4_encode(text, true) : std::string(text);
  }
};

S3Result<Listing> parse_listing(const S3Call& call, bool second) {
  const net::Request& request = call.request();
  const auto parameter = [&](std::string_view name) {
    return request.query_parameter(name).value_or("");
  };
  Listing listing;
  listing.second = second;
  listing.encoded = parameter("encoding-type") == "url";
  listing.query.bucket = call.target.bucket;
  listing.query.prefix = parameter("prefix");
  listing.query.delimiter = parameter("delimiter");
  if (const std::string text = parameter("max-keys"); !text.empty()) {
    std::size_t max = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), max);
    if (error != std::errc() || end != text.data() + text.size()) {
      return s3_fail(S3Code::invalid_argument, "max-keys must be a number");
    }
    listing.query.max = std::min(max, kMaxKeys);
  }
  if (!second) {
    listing.marker = parameter("marker");
    listing.query.after = listing.marker;
    return listing;
  }
  listing.start_after = parameter("start-after");
  listing.token = parameter("continuation-token");
  listing.query.after = listing.start_after;
  if (!listing.token.empty()) {
    const std::optional<std::string> after = parse_base64(listing.token);
    if (!after) {
      return s3_fail(S3Code::invalid_argument, "the continuation token is not one of ours");
    }
    listing.query.after = *after;
  }
  return listing;
}

void add_positions(std::string& xml, const Listing& listing, const S3ListPage& page) {
  if (!listing.second) {
    add_element(xml, "Marker", listing.name(listing.marker));
    if (page.truncated) {
      add_element(xml, "NextMarker", listing.name(page.last));
    }
    return;
  }
  add_element(xml, "KeyCount", std::to_string(page.size()));
  if (!listing.start_after.empty()) {
    add_element(xml, "StartAfter", listing.name(listing.start_after));
  }
  if (!listing.token.empty()) {
    add_element(xml, "ContinuationToken", listing.token);
  }
  if (page.truncated) {
    add_element(xml, "NextContinuationToken", base64(as_bytes(page.last)));
  }
}

std::string listing_xml(const Listing& listing, const S3ListPage& page) {
  std::string xml = "<ListBucketResult" + std::string(kNamespace) + ">";
  add_element(xml, "Name", listing.query.bucket);
  add_element(xml, "Prefix", listing.name(listing.query.prefix));
  if (!listing.query.delimiter.empty()) {
    add_element(xml, "Delimiter", listing.name(listing.query.delimiter));
  }
  add_element(xml, "MaxKeys", std::to_string(listing.query.max));
  if (listing.encoded) {
    add_element(xml, "EncodingType", "url");
  }
  add_element(xml, "IsTruncated", page.truncated ? "true" : "false");
  add_positions(xml, listing, page);
  for (const auto& [key, info] : page.objects) {
    xml += "<Contents>";
    add_element(xml, "Key", listing.name(key));
    add_element(xml, "LastModified", iso_date(info.created));
    add_element(xml, "ETag", etag_of(info.blob));
    add_element(xml, "Size", std::to_string(info.blob.size));
    add_element(xml, "StorageClass", "STANDARD");
    xml += "</Contents>";
  }
  for (const std::string& prefix : page.prefixes) {
    xml += "<CommonPrefixes>";
    add_element(xml, "Prefix", listing.name(prefix));
    xml += "</CommonPrefixes>";
  }
  return xml + "</ListBucketResult>";
}

Answer busy(const S3Call& call, const Error& error) {
  return s3_failure({S3Code::slow_down, error.message}, call.request().path);
}

}  // namespace

net::Task<Answer> S3Buckets::head(const S3Call&) {
  Answer answer;
  answer.response.headers.set("x-amz-bucket-region", "us-east-1");
  co_return answer;
}

net::Task<Answer> S3Buckets::create(const S3Call& call) {
  Answer answer;
  answer.response.headers.set("Location", "/" + call.target.bucket);
  co_return answer;
}

net::Task<Answer> S3Buckets::remove(const S3Call& call) {
  S3ListQuery query;
  query.bucket = call.target.bucket;
  query.max = 1;
  const Result<S3ListPage> page = co_await adapters::list_objects(parts_.content, query);
  if (!page) {
    co_return busy(call, page.error());
  }
  if (page->size() != 0) {
    co_return s3_failure({S3Code::bucket_not_empty, "the bucket holds objects"},
                         call.request().path);
  }
  Answer answer;
  answer.response.status = 204;
  co_return answer;
}

net::Task<Answer> S3Buckets::location(const S3Call&) {
  // Nothing inside means us-east-1.
  co_return xml_answer("<LocationConstraint" + std::string(kNamespace) + "/>");
}

net::Task<Answer> S3Buckets::versioning(const S3Call&) {
  co_return xml_answer("<VersioningConfiguration" + std::string(kNamespace) + "/>");
}

net::Task<Answer> S3Buckets::list_all(const S3Call& call) {
  const Result<std::vector<std::string>> buckets =
      co_await list_buckets(parts_.content, kMaxBuckets);
  if (!buckets) {
    co_return busy(call, buckets.error());
  }
  std::string xml = "<ListAllMyBucketsResult" + std::string(kNamespace) + ">";
  xml += "<Owner><ID>fabrik</ID><DisplayName>fabrik</DisplayName></Owner><Buckets>";
  for (const std::string& bucket : *buckets) {
    xml += "<Bucket>";
    add_element(xml, "Name", bucket);
    // Nobody knows when: the epoch, because clients insist on a date.
    add_element(xml, "CreationDate", iso_date({}));
    xml += "</Bucket>";
  }
  co_return xml_answer(xml + "</Buckets></ListAllMyBucketsResult>");
}

net::Task<Answer> S3Buckets::list_objects(const S3Call& call, bool second) {
  const S3Result<Listing> listing = parse_listing(call, second);
  if (!listing) {
    co_return s3_failure(listing.error(), call.request().path);
  }
  const Result<S3ListPage> page = co_await adapters::list_objects(parts_.content, listing->query);
  if (!page) {
    co_return busy(call, page.error());
  }
  co_return xml_answer(listing_xml(*listing, *page));
}

net::Task<Answer> S3Buckets::delete_objects(const S3Call& call) {
  const S3Result<std::unique_ptr<S3Body>> body = S3Body::open(call.exchange, call.proof);
  if (!body) {
    co_return s3_failure(body.error(), call.request().path);
  }
  const Result<std::string> document = co_await read_text(**body, kMaxDocument);
  if (!document) {
    co_return s3_failure(document.error().code == Errc::too_large
                             ? S3Error{S3Code::malformed_xml, document.error().message}
                             : (*body)->error(),
                         call.request().path);
  }
  const Result<S3DeleteList> list = parse_delete_list(*document);
  if (!list) {
    co_return s3_failure({S3Code::malformed_xml, list.error().message}, call.request().path);
  }
  std::string xml = "<DeleteResult" + std::string(kNamespace) + ">";
  for (const std::string& name : list->keys) {
    const cache::EntryKey key{.space = cache::Space::s3, .ns = call.target.bucket, .key = name};
    co_await transfer_.erase(key);
    if (!list->quiet) {
      xml += "<Deleted>";
      add_element(xml, "Key", name);
      xml += "</Deleted>";
    }
  }
  co_return xml_answer(xml + "</DeleteResult>");
}

}  // namespace fabrik::adapters
