#include "adapters/s3/objects.hpp"

#include <algorithm>
#include <array>

#include "adapters/s3/http_date.hpp"
#include "adapters/s3/xml.hpp"
#include "adapters/shared/body_slice.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kDefaultType = "binary/octet-stream";
constexpr std::string_view kMeta = "x-amz-meta-";
constexpr std::string_view kChecksum = "x-amz-checksum-";
constexpr std::size_t kMaxMetadata = 8 * 1024;
// Of a write that was dropped: fits no object.
constexpr std::string_view kNoEtag = "\"00000000000000000000000000000000-0\"";

constexpr std::array<std::string_view, 6> kKept = {"content-type",     "content-encoding",
                                                   "content-language", "content-disposition",
                                                   "cache-control",    "expires"};

Answer no_such_key(const S3Call& call) {
  return s3_failure({S3Code::no_such_key, "The specified key does not exist."},
                    call.request().path);
}

Answer plain(unsigned status) {
  Answer answer;
  answer.response.status = status;
  return answer;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return out;
}

// "aws-chunked" is how the body was sent, not what it is.
std::string without_chunking(std::string_view encodings) {
  std::string kept;
  while (!encodings.empty()) {
    const std::size_t end = std::min(encodings.find(','), encodings.size());
    std::string_view one = encodings.substr(0, end);
    encodings.remove_prefix(std::min(end + 1, encodings.size()));
    while (one.starts_with(' ')) {
      one.remove_prefix(1);
    }
    if (!one.empty() && !net::equal_ignoring_case(one, "aws-chunked")) {
      kept += (kept.empty() ? "" : ", ") + std::string(one);
    }
  }
  return kept;
}

bool is_kept(std::string_view name) {
  if (name.starts_with(kChecksum)) {
    return checksum_called(name.substr(kChecksum.size())).has_value();
  }
  return std::ranges::find(kKept, name) != kKept.end() || name.starts_with(kMeta);
}

// The head of a 200, 206 or 304.
Answer object_head(const cache::EntryInfo& info, unsigned status, bool with_checksums) {
  Answer answer = plain(status);
  net::Headers& headers = answer.response.headers;
  headers.set("Content-Type", kDefaultType);
  for (const auto& [name, value] : info.meta.headers) {
    if (with_checksums || !name.starts_with(kChecksum)) {
      headers.set(name, value);
    }
  }
  headers.set("ETag", etag_of(info.blob));
  headers.set("Last-Modified", http_date(info.created));
  headers.set("Accept-Ranges", "bytes");
  return answer;
}

// What comes before the bytes: an answer without them, or the range to send.
struct Opening {
  std::optional<Answer> instead;
  RangeChoice choice;
};

Opening open_read(const S3Call& call, const cache::EntryInfo& info) {
  const net::Headers& asked = call.request().headers;
  const Validators current = validators_of(info);
  switch (judge_read(asked, &current)) {
    case Verdict::not_modified:
      return {.instead = object_head(info, 304, false), .choice = {}};
    case Verdict::failed:
      return {.instead = s3_failure({S3Code::precondition_failed, "a condition does not hold"},
                                    call.request().path),
              .choice = {}};
    case Verdict::proceed:
      break;
  }
  const RangeChoice choice = range_counts(asked, current)
                                 ? choose_range(asked.get("range"), info.blob.size)
                                 : RangeChoice{};
  if (choice.answer == RangeAnswer::unsatisfiable) {
    Answer answer =
        s3_failure({S3Code::invalid_range, "the range begins behind the end"}, call.request().path);
    answer.response.headers.set("Content-Range", unsatisfied_range(info.blob.size));
    return {.instead = std::move(answer), .choice = choice};
  }
  return {.instead = std::nullopt, .choice = choice};
}

Answer begin_answer(const S3Call& call, const cache::EntryInfo& info, const RangeChoice& choice) {
  const bool part = choice.answer == RangeAnswer::part;
  const bool checksums = !part && call.request().headers.get("x-amz-checksum-mode").has_value();
  Answer answer = object_head(info, part ? 206 : 200, checksums);
  if (part) {
    answer.response.headers.set("Content-Range", content_range(choice.range, info.blob.size));
  }
  return answer;
}

}  // namespace

cache::EntryKey object_key(const S3Target& target) {
  return {.space = cache::Space::s3, .ns = target.bucket, .key = target.key};
}

std::string etag_of(const cache::BlobRef& blob) {
  return "\"" + blob.digest.hex().substr(0, 32) + "-1\"";
}

Validators validators_of(const cache::EntryInfo& info) {
  return {.etag = etag_of(info.blob), .modified = info.created};
}

S3Result<StoredHeaders> object_headers(const net::Request& request) {
  StoredHeaders kept;
  std::size_t size = 0;
  for (const auto& [field, value] : request.headers.all()) {
    const std::string name = lower(field);
    if (!is_kept(name)) {
      continue;
    }
    const std::string text = name == "content-encoding" ? without_chunking(value) : value;
    size += name.size() + text.size();
    if (!text.empty()) {
      kept.emplace_back(name, text);
    }
  }
  if (size > kMaxMetadata) {
    return s3_fail(S3Code::metadata_too_large, "the headers to keep are over 8 KiB");
  }
  return kept;
}

Answer write_failure(const S3Call& call, Upload upload, const S3Error& body_error) {
  switch (upload) {
    case Upload::existed:
      return s3_failure({S3Code::precondition_failed, "the object exists already"},
                        call.request().path);
    case Upload::incomplete:
      return s3_failure(body_error, call.request().path);
    default:
      return s3_failure({S3Code::slow_down, "there is no room for it now"}, call.request().path);
  }
}

net::Task<Answer> S3Objects::get(const S3Call& call) {
  const cache::EntryKey key = object_key(call.target);
  auto reader = co_await parts_.cache.open(key, cache::Verify::while_reading);
  if (!reader || !*reader) {
    if (!reader) {
      parts_.log.warn(
          "cache fault, treated as a miss",
          {{"adapter", "sccache"}, {"key", key.key}, {"error", reader.error().message}});
    }
    co_return no_such_key(call);
  }
  const cache::EntryInfo info = (*reader)->info();
  Opening opening = open_read(call, info);
  if (opening.instead) {
    co_return *std::move(opening.instead);
  }
  Answer answer = begin_answer(call, info, opening.choice);
  Result<std::unique_ptr<net::BodySource>> body = nullptr;
  if (opening.choice.answer == RangeAnswer::part) {
    body = slice(*std::move(reader), opening.choice.range);
  } else {
    body = *std::move(reader);
  }
  if (body) {
    body = co_await primed(*std::move(body));
  }
  if (!body) {
    parts_.log.warn("cache fault, treated as a miss",
                    {{"adapter", "sccache"}, {"key", key.key}, {"error", body.error().message}});
    co_return no_such_key(call);
  }
  answer.content = *std::move(body);
  co_return answer;
}

net::Task<Answer> S3Objects::head(const S3Call& call) {
  const std::optional<cache::EntryInfo> info = co_await transfer_.stat(object_key(call.target));
  if (!info) {
    co_return no_such_key(call);
  }
  Opening opening = open_read(call, *info);
  if (opening.instead) {
    co_return *std::move(opening.instead);
  }
  Answer answer = begin_answer(call, *info, opening.choice);
  answer.content = size_only(
      opening.choice.answer == RangeAnswer::part ? opening.choice.range.size() : info->blob.size);
  co_return answer;
}

net::Task<Answer> S3Objects::put(const S3Call& call) {
  const net::Request& request = call.request();
  S3Result<StoredHeaders> headers = object_headers(request);
  S3Result<std::unique_ptr<S3Body>> body = S3Body::open(call.exchange, call.proof);
  if (!headers || !body) {
    co_return s3_failure(!headers ? headers.error() : body.error(), request.path);
  }
  const cache::EntryKey key = object_key(call.target);
  const bool once = request.headers.get("if-none-match") == "*";
  if (!once && (request.headers.get("if-match") || request.headers.get("if-none-match"))) {
    const std::optional<cache::EntryInfo> old = co_await transfer_.stat(key);
    const std::optional<Validators> current =
        old ? std::optional(validators_of(*old)) : std::nullopt;
    if (judge_write(request.headers, current ? &*current : nullptr) != Verdict::proceed) {
      co_return s3_failure({S3Code::precondition_failed, "a condition does not hold"},
                           request.path);
    }
  }
  cache::EntryMeta meta{
      .writer = request.peer, .tool = tool_of(request), .headers = *std::move(headers)};
  const Upload upload = co_await transfer_.receive(
      **body, key, once ? cache::IfExists::keep : cache::IfExists::replace, std::move(meta));
  if (upload == Upload::existed || upload == Upload::incomplete) {
    co_return write_failure(call, upload, (*body)->error());
  }
  Answer answer = plain(200);
  const std::optional<cache::EntryInfo> now =
      upload == Upload::stored ? co_await transfer_.stat(key) : std::nullopt;
  answer.response.headers.set("ETag", now ? etag_of(now->blob) : std::string(kNoEtag));
  co_return answer;
}

net::Task<Answer> S3Objects::copy(const S3Call& call) {
  const net::Request& request = call.request();
  const S3Result<S3Target> source =
      parse_copy_source(request.headers.get("x-amz-copy-source").value_or(""));
  S3Result<StoredHeaders> headers = object_headers(request);
  if (!source || !headers) {
    co_return s3_failure(!source ? source.error() : headers.error(), request.path);
  }
  std::optional<cache::EntryInfo> info = co_await transfer_.stat(object_key(*source));
  if (!info) {
    co_return no_such_key(call);
  }
  const Validators current = validators_of(*info);
  if (judge_read(request.headers, &current, "x-amz-copy-source-") != Verdict::proceed) {
    co_return s3_failure({S3Code::precondition_failed, "a condition on the source does not hold"},
                         request.path);
  }
  const bool replace = net::equal_ignoring_case(
      request.headers.get("x-amz-metadata-directive").value_or("COPY"), "REPLACE");
  cache::EntryMeta meta{.writer = request.peer,
                        .tool = tool_of(request),
                        .headers = replace ? *std::move(headers) : std::move(info->meta.headers)};
  const cache::EntryKey key = object_key(call.target);
  const auto linked =
      co_await parts_.content.link(key, info->blob, std::move(meta), cache::IfExists::replace);
  if (!linked || *linked != cache::PutOutcome::stored) {
    const bool gone = !linked && linked.error().code == Errc::not_found;
    co_return gone ? no_such_key(call) : write_failure(call, Upload::dropped, {});
  }
  const std::optional<cache::EntryInfo> now = co_await transfer_.stat(key);
  std::string xml = "<CopyObjectResult>";
  add_element(xml, "LastModified", iso_date(now ? now->created : info->created));
  add_element(xml, "ETag", etag_of(info->blob));
  xml += "</CopyObjectResult>";
  co_return xml_answer(xml);
}

net::Task<Answer> S3Objects::remove(const S3Call& call) {
  co_await transfer_.erase(object_key(call.target));
  co_return plain(204);
}

}  // namespace fabrik::adapters
