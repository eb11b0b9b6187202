#include "adapters/s3/uploads.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "adapters/s3/http_date.hpp"
#include "adapters/s3/part_list.hpp"
#include "adapters/s3/upload_names.hpp"
#include "adapters/s3/xml.hpp"
#include "adapters/shared/body_slice.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMaxDocument = 4 * 1024 * 1024;
constexpr std::size_t kErasedAtOnce = 1000;

std::string new_id() {
  std::random_device random;
  std::array<std::uint32_t, 4> words{};
  std::ranges::generate(words, std::ref(random));
  return to_hex(std::as_bytes(std::span(words)));
}

StoredHeaders headers_of_object(const cache::EntryInfo& upload) {
  StoredHeaders headers;
  for (const auto& field : upload.meta.headers) {
    // A checksum that was announced for the parts says nothing of the whole.
    if (field.first != kObjectField && !field.first.starts_with("x-amz-checksum-")) {
      headers.push_back(field);
    }
  }
  return headers;
}

Answer refused(const S3Call& call, S3Code code, std::string message) {
  return s3_failure({code, std::move(message)}, call.request().path);
}

// One entry after another, each opened when its turn comes.
class Joined final : public net::BodySource {
 public:
  Joined(cache::CacheApi& cache, std::vector<cache::EntryKey> keys, std::uint64_t size)
      : cache_(cache), keys_(std::move(keys)), size_(size) {}

  std::uint64_t size() const override { return size_; }
  net::Task<Result<Bytes>> next() override {
    for (;;) {
      if (part_) {
        FABRIK_CO_TRY(const Bytes piece, co_await part_->next());
        if (!piece.empty()) {
          co_return piece;
        }
        part_.reset();
      }
      if (at_ == keys_.size()) {
        co_return Bytes{};
      }
      FABRIK_CO_TRY(part_, co_await cache_.open(keys_[at_++], cache::Verify::while_reading));
      if (!part_) {
        co_return fail(Errc::not_found, "a part is gone");
      }
    }
  }

 private:
  cache::CacheApi& cache_;
  std::vector<cache::EntryKey> keys_;
  std::uint64_t size_;
  std::size_t at_ = 0;
  std::unique_ptr<cache::EntryReader> part_;
};

class OneText final : public net::BodySource {
 public:
  explicit OneText(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const override { return text_.size(); }
  net::Task<Result<Bytes>> next() override {
    co_return std::exchange(told_, true) ? Bytes{} : as_bytes(text_);
  }

 private:
  std::string text_;
  bool told_ = false;
};

}  // namespace

net::Task<std::optional<cache::EntryInfo>> S3Uploads::find(const S3Call& call,
                                                           const std::string& id) {
  // Opened, not only looked up, so that an upload that goes on counts as used.
  const cache::EntryKey key = part_key(call.target, id, 0);
  const auto reader = co_await parts_.cache.open(key, cache::Verify::while_reading);
  if (!reader || !*reader || object_of((*reader)->info()) != call.target.key) {
    co_return std::nullopt;
  }
  co_return (*reader)->info();
}

net::Task<Answer> S3Uploads::create(const S3Call& call) {
  S3Result<StoredHeaders> headers = object_headers(call.request());
  if (!headers) {
    co_return s3_failure(headers.error(), call.request().path);
  }
  headers->emplace_back(kObjectField, call.target.key);
  const std::string id = new_id();
  OneText text(id);
  cache::EntryMeta meta{.writer = call.request().peer,
                        .tool = tool_of(call.request()),
                        .headers = *std::move(headers)};
  const cache::EntryKey key = part_key(call.target, id, 0);
  const Upload upload =
      co_await transfer_.receive(text, key, cache::IfExists::keep, std::move(meta));
  if (upload != Upload::stored) {
    co_return write_failure(call, Upload::dropped, {});
  }
  std::string xml = "<InitiateMultipartUploadResult>";
  add_element(xml, "Bucket", call.target.bucket);
  add_element(xml, "Key", call.target.key);
  add_element(xml, "UploadId", id);
  xml += "</InitiateMultipartUploadResult>";
  co_return xml_answer(xml);
}

net::Task<Answer> S3Uploads::put_part(const S3Call& call) {
  const std::string id = upload_id(call);
  const unsigned number = part_number(call.request(), "partNumber");
  if (number == 0) {
    co_return refused(call, S3Code::invalid_argument, "partNumber must be 1 to 10000");
  }
  if (!co_await find(call, id)) {
    co_return no_such_upload(call);
  }
  const S3Result<std::unique_ptr<S3Body>> body = S3Body::open(call.exchange, call.proof);
  if (!body) {
    co_return s3_failure(body.error(), call.request().path);
  }
  const cache::EntryKey key = part_key(call.target, id, number);
  cache::EntryMeta meta{
      .writer = call.request().peer, .tool = tool_of(call.request()), .headers = {}};
  const Upload upload =
      co_await transfer_.receive(**body, key, cache::IfExists::replace, std::move(meta));
  const std::optional<cache::EntryInfo> info =
      upload == Upload::stored ? co_await transfer_.stat(key) : std::nullopt;
  if (!info) {
    co_return write_failure(call, upload, (*body)->error());
  }
  Answer answer;
  answer.response.headers.set("ETag", etag_of(info->blob));
  co_return answer;
}

net::Task<Answer> S3Uploads::copy_part(const S3Call& call) {
  const net::Request& request = call.request();
  const std::string id = upload_id(call);
  const unsigned number = part_number(request, "partNumber");
  const S3Result<S3Target> source =
      parse_copy_source(request.headers.get("x-amz-copy-source").value_or(""));
  if (!source || number == 0) {
    co_return !source ? s3_failure(source.error(), request.path)
                      : refused(call, S3Code::invalid_argument, "partNumber must be 1 to 10000");
  }
  if (!co_await find(call, id)) {
    co_return no_such_upload(call);
  }
  const cache::EntryKey source_key = object_key(*source);
  auto reader = co_await parts_.cache.open(source_key, cache::Verify::while_reading);
  if (!reader || !*reader) {
    co_return refused(call, S3Code::no_such_key, "the source of the copy does not exist");
  }
  const Validators current = validators_of((*reader)->info());
  if (judge_read(request.headers, &current, "x-amz-copy-source-") != Verdict::proceed) {
    co_return refused(call, S3Code::precondition_failed, "a condition on the source does not hold");
  }
  const auto asked = request.headers.get("x-amz-copy-source-range");
  const RangeChoice choice = choose_range(asked, (*reader)->size());
  if (asked && choice.answer != RangeAnswer::part) {
    co_return refused(call, S3Code::invalid_argument,
                      "x-amz-copy-source-range must be bytes=<first>-<last> inside the source");
  }
  std::unique_ptr<net::BodySource> body;
  if (asked) {
    auto part = slice(*std::move(reader), choice.range);
    if (!part) {
      co_return write_failure(call, Upload::dropped, {});
    }
    body = *std::move(part);
  } else {
    body = *std::move(reader);
  }
  const cache::EntryKey key = part_key(call.target, id, number);
  cache::EntryMeta meta{.writer = request.peer, .tool = tool_of(request), .headers = {}};
  const Upload upload =
      co_await transfer_.receive(*body, key, cache::IfExists::replace, std::move(meta));
  const std::optional<cache::EntryInfo> info =
      upload == Upload::stored ? co_await transfer_.stat(key) : std::nullopt;
  if (!info) {
    co_return write_failure(call, Upload::dropped, {});
  }
  std::string xml = "<CopyPartResult>";
  add_element(xml, "LastModified", iso_date(info->created));
  add_element(xml, "ETag", etag_of(info->blob));
  xml += "</CopyPartResult>";
  co_return xml_answer(xml);
}

net::Task<S3Result<std::vector<S3Uploads::Part>>> S3Uploads::chosen_parts(const S3Call& call,
                                                                          const std::string& id) {
  const S3Result<std::unique_ptr<S3Body>> body = S3Body::open(call.exchange, call.proof);
  if (!body) {
    co_return std::unexpected(body.error());
  }
  const Result<std::string> document = co_await read_text(**body, kMaxDocument);
  if (!document) {
    co_return std::unexpected(document.error().code == Errc::too_large
                                  ? S3Error{S3Code::malformed_xml, document.error().message}
                                  : (*body)->error());
  }
  const Result<std::vector<S3PartName>> names = parse_part_list(*document);
  if (!names) {
    co_return s3_fail(S3Code::malformed_xml, names.error().message);
  }
  std::vector<Part> parts;
  for (const S3PartName& name : *names) {
    if (!parts.empty() && name.number <= parts.back().number) {
      co_return s3_fail(S3Code::invalid_part_order, "parts must be listed by rising number");
    }
    const cache::EntryKey key = part_key(call.target, id, name.number);
    std::optional<cache::EntryInfo> info = co_await transfer_.stat(key);
    if (!info || !names_etag(name.etag, etag_of(info->blob)) || name.etag == "*") {
      co_return s3_fail(S3Code::invalid_part, "part " + std::to_string(name.number) +
                                                  " was not uploaded, or has another ETag");
    }
    parts.push_back({.number = name.number, .info = *std::move(info)});
  }
  co_return parts;
}

net::Task<Upload> S3Uploads::join(const S3Call& call, const std::string& id,
                                  const std::vector<Part>& parts, cache::EntryMeta meta) {
  const cache::EntryKey key = object_key(call.target);
  const bool once = call.request().headers.get("if-none-match") == "*";
  const auto if_exists = once ? cache::IfExists::keep : cache::IfExists::replace;
  if (parts.size() == 1) {
    const auto linked =
        co_await parts_.content.link(key, parts.front().info.blob, std::move(meta), if_exists);
    if (linked && *linked == cache::PutOutcome::existed) {
      co_return Upload::existed;
    }
    co_return linked && *linked == cache::PutOutcome::stored ? Upload::stored : Upload::dropped;
  }
  std::vector<cache::EntryKey> keys;
  std::uint64_t size = 0;
  for (const Part& part : parts) {
    keys.push_back(part_key(call.target, id, part.number));
    size += part.info.blob.size;
  }
  Joined body(parts_.cache, std::move(keys), size);
  const Upload upload = co_await transfer_.receive(body, key, if_exists, std::move(meta));
  co_return upload == Upload::incomplete ? Upload::dropped : upload;
}

net::Task<Answer> S3Uploads::complete(const S3Call& call) {
  const std::string id = upload_id(call);
  const std::optional<cache::EntryInfo> record = co_await find(call, id);
  if (!record) {
    co_return no_such_upload(call);
  }
  const S3Result<std::vector<Part>> parts = co_await chosen_parts(call, id);
  if (!parts) {
    co_return s3_failure(parts.error(), call.request().path);
  }
  cache::EntryMeta meta{.writer = call.request().peer,
                        .tool = tool_of(call.request()),
                        .headers = headers_of_object(*record)};
  const Upload upload = co_await join(call, id, *parts, std::move(meta));
  const cache::EntryKey key = object_key(call.target);
  const std::optional<cache::EntryInfo> info =
      upload == Upload::stored ? co_await transfer_.stat(key) : std::nullopt;
  if (!info) {
    co_return write_failure(call, upload, {});
  }
  co_await forget(call, id);
  std::string xml = "<CompleteMultipartUploadResult>";
  add_element(xml, "Location", call.request().path);
  add_element(xml, "Bucket", call.target.bucket);
  add_element(xml, "Key", call.target.key);
  add_element(xml, "ETag", etag_of(info->blob));
  xml += "</CompleteMultipartUploadResult>";
  co_return xml_answer(xml);
}

net::Task<void> S3Uploads::forget(const S3Call& call, const std::string& id) {
  unsigned after = 0;
  for (;;) {
    const auto parts = co_await parts_of(call, id, after, kErasedAtOnce);
    if (!parts || parts->empty()) {
      break;
    }
    for (const Part& part : *parts) {
      co_await transfer_.erase(part_key(call.target, id, part.number));
      after = part.number;
    }
  }
  co_await transfer_.erase(part_key(call.target, id, 0));
}

net::Task<Answer> S3Uploads::abort(const S3Call& call) {
  const std::string id = upload_id(call);
  if (!co_await find(call, id)) {
    co_return no_such_upload(call);
  }
  co_await forget(call, id);
  Answer answer;
  answer.response.status = 204;
  co_return answer;
}

}  // namespace fabrik::adapters
