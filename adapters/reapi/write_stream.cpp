#include "adapters/reapi/write_stream.hpp"

#include "adapters/reapi/unary.hpp"

namespace fabrik::adapters::reapi {
namespace {

// How often a long upload looks whether somebody else has finished the same blob.
constexpr std::uint64_t kLookEvery = 8 * 1024 * 1024;

std::unexpected<Error> wrong(std::string message) {
  return fail(Errc::invalid_argument, std::move(message));
}

}  // namespace

WriteStream::~WriteStream() {
  if (claimed_) {
    uploads_.release(name_, keep_ ? std::move(upload_) : nullptr);
  }
}

net::Task<net::RpcStatus> WriteStream::run() {
  const Outcome outcome = co_await receive();
  if (!outcome) {
    if (outcome.error().code == Errc::digest_mismatch) {
      context_.mismatches.count("ByteStream.Write", resource_.instance);
    }
    co_return to_status(outcome.error());
  }
  if (!*outcome) {
    co_return net::RpcStatus{
        net::RpcCode::invalid_argument,
        "the stream ended without finish_write; what came is kept for a while"};
  }
  google::bytestream::WriteResponse response;
  response.set_committed_size(**outcome);
  co_return co_await answer(call_, response);
}

net::Task<WriteStream::Outcome> WriteStream::receive() {
  FABRIK_CO_TRY(const std::optional<Bytes> bytes, co_await call_.read());
  const auto first = bytes ? parse_write_message(*bytes) : std::nullopt;
  if (!first) {
    co_return wrong("the stream began with no WriteRequest");
  }
  name_ = first->resource_name;
  FABRIK_CO_TRY(resource_, parse_write_name(name_));
  FABRIK_CO_CHECK(context_.instances.check(resource_.instance));
  content_ = context_.content.within(resource_.instance);
  if (resource_.zstd && !context_.zstd) {
    co_return wrong("zstd is not offered here (see GetCapabilities)");
  }
  FABRIK_CO_TRY(const bool present, co_await is_present());
  if (present && !is_empty_blob(resource_.blob)) {
    co_return early_answer();
  }
  FABRIK_CO_CHECK(co_await begin(*first));
  co_return co_await receive_messages(*first);
}

net::Task<Result<void>> WriteStream::begin(const WriteMessage& first) {
  const auto offset = static_cast<std::uint64_t>(first.write_offset);
  claimed_ = uploads_.claim(name_) == Uploads::Claim::granted;
  if (!claimed_ && offset > 0) {
    co_return fail(Errc::unavailable, "the stream before is still being cleared away; ask again");
  }
  if (claimed_) {
    upload_ = uploads_.take(name_);
  }
  if (offset > 0) {
    keep_ = upload_ != nullptr;
    if (!upload_ || upload_->received != offset) {
      co_return wrong("write_offset " + std::to_string(first.write_offset) + ": the upload is at " +
                      std::to_string(upload_ ? upload_->received : 0));
    }
    co_return Result<void>{};
  }
  upload_ = std::make_unique<Upload>();
  FABRIK_CO_TRY(upload_->blob, co_await content_->create(cache::Space::cas, resource_.blob.size));
  upload_->blob->written_by(origin_of(call_));
  if (resource_.zstd) {
    upload_->decoder.emplace(resource_.blob.size);
  }
  keep_ = true;
  co_return Result<void>{};
}

net::Task<WriteStream::Outcome> WriteStream::receive_messages(WriteMessage message) {
  for (;;) {
    if (!message.resource_name.empty() && message.resource_name != name_) {
      keep_ = false;
      co_return wrong("resource_name changed within the stream");
    }
    if (static_cast<std::uint64_t>(message.write_offset) != upload_->received) {
      co_return wrong("write_offset " + std::to_string(message.write_offset) +
                      ": the stream is at " + std::to_string(upload_->received));
    }
    if (auto added = co_await add(message.data); !added) {
      keep_ = false;
      co_return fail(std::move(added).error());
    }
    if (message.finish_write) {
      co_return co_await commit();
    }
    if (upload_->received - checked_at_ >= kLookEvery) {
      checked_at_ = upload_->received;
      FABRIK_CO_TRY(const bool present, co_await is_present());
      if (present) {
        keep_ = false;
        co_return early_answer();
      }
    }
    FABRIK_CO_TRY(const std::optional<Bytes> bytes, co_await call_.read());
    if (!bytes) {
      co_return std::nullopt;
    }
    const auto next = parse_write_message(*bytes);
    if (!next) {
      co_return wrong("the stream contains something that is no WriteRequest");
    }
    message = *next;
  }
}

net::Task<Result<bool>> WriteStream::is_present() {
  FABRIK_CO_TRY(const auto missing, co_await content_->missing({&resource_.blob, 1}));
  co_return missing.empty();
}

// Bazel takes any other number than the size for a failure of an uncompressed
// upload, and -1 for "there already" of a compressed one (seen with 4.2.3 and in
// the sources of 5.1).
std::int64_t WriteStream::early_answer() const {
  return resource_.zstd ? -1 : static_cast<std::int64_t>(resource_.blob.size);
}

net::Task<Result<void>> WriteStream::add(Bytes data) {
  upload_->received += data.size();
  if (claimed_) {
    uploads_.progress(name_, upload_->received);
  }
  if (!upload_->decoder) {
    co_return co_await add_decoded(data);
  }
  upload_->decoder->feed(data);
  for (;;) {
    FABRIK_CO_TRY(const Bytes piece, upload_->decoder->next());
    if (piece.empty()) {
      co_return Result<void>{};
    }
    FABRIK_CO_CHECK(co_await add_decoded(piece));
  }
}

net::Task<Result<void>> WriteStream::add_decoded(Bytes data) {
  if (data.size() > resource_.blob.size - upload_->blob->size()) {
    co_return fail(Errc::digest_mismatch, "there is more data than the " +
                                              std::to_string(resource_.blob.size) +
                                              " bytes of the digest");
  }
  while (!data.empty()) {
    const Bytes piece = data.first(std::min(data.size(), kChunkSize));
    FABRIK_CO_CHECK(co_await upload_->blob->append(piece));
    data = data.subspan(piece.size());
  }
  co_return Result<void>{};
}

net::Task<WriteStream::Outcome> WriteStream::commit() {
  keep_ = false;
  if (upload_->decoder && !upload_->decoder->at_frame_end()) {
    co_return wrong("the compressed data ends in the middle");
  }
  if (resource_.blob.size == 0) {
    if (!is_empty_blob(resource_.blob)) {
      co_return fail(Errc::digest_mismatch, "no data has another digest than that");
    }
  } else if (auto stored = co_await upload_->blob->commit(&resource_.blob); !stored) {
    co_return fail(std::move(stored).error());
  }
  // Of a compressed upload most clients want to hear their own count; these two the
  // size of the blob (bazel issue 30000 has the list).
  const auto tool = call_.metadata("build.bazel.remote.execution.v2.requestmetadata-bin");
  rex::RequestMetadata metadata;
  const bool parsed = tool && metadata.ParseFromArray(tool->data(), static_cast<int>(tool->size()));
  const std::string& name = metadata.tool_details().tool_name();
  const bool counts_decoded = parsed && (name == "siso" || name == "remote-apis-sdks");
  co_return static_cast<std::int64_t>(resource_.zstd && !counts_decoded ? upload_->received
                                                                        : resource_.blob.size);
}

net::Task<Result<void>> query_write_status(Context& context, Uploads& uploads,
                                           const std::string& name,
                                           google::bytestream::QueryWriteStatusResponse& response) {
  FABRIK_CO_TRY(const ResourceName resource, parse_write_name(name));
  FABRIK_CO_CHECK(context.instances.check(resource.instance));
  if (!is_empty_blob(resource.blob)) {
    const auto content = context.content.within(resource.instance);
    FABRIK_CO_TRY(const auto missing, co_await content->missing({&resource.blob, 1}));
    if (!missing.empty()) {
      // Unknown uploads begin at 0, as the peers say; Bazel expects no NOT_FOUND.
      response.set_committed_size(static_cast<std::int64_t>(uploads.received(name).value_or(0)));
      co_return Result<void>{};
    }
  }
  response.set_committed_size(static_cast<std::int64_t>(resource.blob.size));
  response.set_complete(true);
  co_return Result<void>{};
}

}  // namespace fabrik::adapters::reapi
