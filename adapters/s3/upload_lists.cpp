// Which uploads there are, and which parts of one.
#include <algorithm>
#include <charconv>

#include "adapters/s3/http_date.hpp"
#include "adapters/s3/listing.hpp"
#include "adapters/s3/upload_names.hpp"
#include "adapters/s3/uploads.hpp"
#include "adapters/s3/xml.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMaxListed = 1000;

}  // namespace

net::Task<Result<std::vector<S3Uploads::Part>>> S3Uploads::parts_of(const S3Call& call,
                                                                    const std::string& id,
                                                                    unsigned after,
                                                                    std::size_t max) {
  std::vector<Part> parts;
  const cache::EntryKey from = part_key(call.target, id, after + 1);
  FABRIK_CO_TRY(const cache::EntryPage page, co_await parts_.content.list(&from, max));
  for (const auto& [key, info] : page.entries) {
    if (key.space != from.space || key.ns != from.ns || !key.key.starts_with(id + "/")) {
      break;
    }
    const std::string_view digits = std::string_view(key.key).substr(id.size() + 1);
    Part part{.number = 0, .info = info};
    std::from_chars(digits.data(), digits.data() + digits.size(), part.number);
    parts.push_back(std::move(part));
  }
  co_return parts;
}

net::Task<Answer> S3Uploads::list_parts(const S3Call& call) {
  const std::string id = upload_id(call);
  if (!co_await find(call, id)) {
    co_return no_such_upload(call);
  }
  const unsigned after = part_number(call.request(), "part-number-marker");
  const unsigned asked = part_number(call.request(), "max-parts");
  const std::size_t max = asked == 0 ? kMaxListed : std::min<std::size_t>(asked, kMaxListed);
  auto parts = co_await parts_of(call, id, after, max + 1);
  if (!parts) {
    co_return write_failure(call, Upload::dropped, {});
  }
  const bool truncated = parts->size() > max;
  parts->resize(std::min(parts->size(), max));
  std::string xml = "<ListPartsResult>";
  add_element(xml, "Bucket", call.target.bucket);
  add_element(xml, "Key", call.target.key);
  add_element(xml, "UploadId", id);
  add_element(xml, "PartNumberMarker", std::to_string(after));
  add_element(xml, "NextPartNumberMarker",
              std::to_string(parts->empty() ? after : parts->back().number));
  add_element(xml, "MaxParts", std::to_string(max));
  add_element(xml, "IsTruncated", truncated ? "true" : "false");
  for (const Part& part : *parts) {
    xml += "<Part>";
    add_element(xml, "PartNumber", std::to_string(part.number));
    add_element(xml, "LastModified", iso_date(part.info.created));
    add_element(xml, "ETag", etag_of(part.info.blob));
    add_element(xml, "Size", std::to_string(part.info.blob.size));
    xml += "</Part>";
  }
  xml += "</ListPartsResult>";
  co_return xml_answer(xml);
}

net::Task<Answer> S3Uploads::list_uploads(const S3Call& call) {
  const std::string prefix = call.request().query_parameter("prefix").value_or("");
  std::string xml = "<ListMultipartUploadsResult>";
  add_element(xml, "Bucket", call.target.bucket);
  add_element(xml, "Prefix", prefix);
  add_element(xml, "MaxUploads", std::to_string(kMaxListed));
  add_element(xml, "IsTruncated", "false");
  cache::EntryKey from = part_key(call.target, "", 0);
  from.key.clear();
  for (std::size_t told = 0; told < kMaxListed;) {
    const auto page = co_await parts_.content.list(&from, 1);
    if (!page || page->entries.empty() || page->entries.front().first.space != from.space ||
        page->entries.front().first.ns != from.ns) {
      break;
    }
    const auto& [key, info] = page->entries.front();
    const std::string id = key.key.substr(0, key.key.find('/'));
    const std::string object(object_of(info));
    if (key.key.ends_with("/00000") && object.starts_with(prefix)) {
      xml += "<Upload>";
      add_element(xml, "Key", object);
      add_element(xml, "UploadId", id);
      add_element(xml, "Initiated", iso_date(info.created));
      xml += "</Upload>";
      ++told;
    }
    from.key = behind_prefix(id + "/");
  }
  xml += "</ListMultipartUploadsResult>";
  co_return xml_answer(xml);
}

}  // namespace fabrik::adapters
