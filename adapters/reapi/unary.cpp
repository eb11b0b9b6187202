#include "adapters/reapi/unary.hpp"

#include <array>

#include "adapters/reapi/names.hpp"

namespace fabrik::adapters::reapi {
namespace {

constexpr std::size_t kMaxName = 100;  // bytes of a tool's or an invocation's name in a record

}  // namespace

net::Task<Result<void>> read_request(net::RpcCall& call, google::protobuf::MessageLite& request) {
  FABRIK_CO_TRY(const std::optional<Bytes> message, co_await call.read());
  if (!message) {
    co_return fail(Errc::invalid_argument, "the call came without a request");
  }
  if (!request.ParseFromArray(message->data(), static_cast<int>(message->size()))) {
    co_return fail(Errc::invalid_argument, "the request is not a valid " + request.GetTypeName());
  }
  co_return Result<void>{};
}

net::Task<net::RpcStatus> answer(net::RpcCall& call, const google::protobuf::MessageLite& message) {
  const std::string bytes = message.SerializeAsString();
  const std::array<Bytes, 1> pieces = {as_bytes(bytes)};
  if (const Result<void> sent = co_await call.write(pieces); !sent) {
    co_return to_status(sent.error());
  }
  co_return net::RpcStatus{};
}

Result<void> check_function(int digest_function) {
  if (digest_function == rex::DigestFunction::UNKNOWN ||
      digest_function == rex::DigestFunction::SHA256) {
    return {};
  }
  return fail(Errc::invalid_argument,
              "digest function " + std::to_string(digest_function) + ": only SHA256 is known here");
}

Result<cache::BlobRef> blob_ref(const rex::Digest& digest) {
  return blob_ref(digest.hash(), digest.size_bytes());
}

Result<std::vector<cache::BlobRef>> blob_refs(
    const google::protobuf::RepeatedPtrField<rex::Digest>& digests) {
  std::vector<cache::BlobRef> blobs;
  blobs.reserve(static_cast<std::size_t>(digests.size()));
  for (const rex::Digest& digest : digests) {
    FABRIK_TRY(const cache::BlobRef blob, blob_ref(digest));
    blobs.push_back(blob);
  }
  return blobs;
}

void put_digest(const cache::BlobRef& blob, rex::Digest& digest) {
  digest.set_hash(blob.digest.hex());
  digest.set_size_bytes(static_cast<std::int64_t>(blob.size));
}

const cache::BlobRef& empty_blob() {
  static const cache::BlobRef kEmpty{.digest = sha256({}), .size = 0};
  return kEmpty;
}

bool is_empty_blob(const cache::BlobRef& blob) {
  return blob == empty_blob();
}

net::Task<Result<std::optional<std::string>>> read_blob(cache::ContentApi& content,
                                                        cache::BlobRef blob) {
  std::string bytes;
  if (is_empty_blob(blob)) {
    co_return bytes;
  }
  FABRIK_CO_TRY(const auto source, co_await content.open(cache::Space::cas, blob.digest,
                                                         cache::Verify::while_reading));
  if (!source || source->size() != blob.size) {
    co_return std::nullopt;
  }
  bytes.reserve(blob.size);
  for (;;) {
    const Result<Bytes> piece = co_await source->next();
    if (!piece && piece.error().code == Errc::corrupt) {
      co_return std::nullopt;  // it has been dropped
    }
    if (!piece) {
      co_return fail(piece.error());
    }
    if (piece->empty()) {
      co_return bytes;
    }
    bytes += as_text(*piece);
  }
}

cache::WriteOrigin origin_of(const net::RpcCall& call) {
  cache::WriteOrigin origin{.writer = std::string(call.peer()), .tool = {}, .invocation = {}};
  const auto sent = call.metadata("build.bazel.remote.execution.v2.requestmetadata-bin");
  rex::RequestMetadata metadata;
  if (sent && metadata.ParseFromArray(sent->data(), static_cast<int>(sent->size()))) {
    const rex::ToolDetails& tool = metadata.tool_details();
    const std::string version = tool.tool_version().empty() ? "" : "/" + tool.tool_version();
    origin.tool = (tool.tool_name() + version).substr(0, kMaxName);
    origin.invocation = metadata.tool_invocation_id().substr(0, kMaxName);
  }
  return origin;
}

cache::EntryMeta meta_of(const cache::WriteOrigin& origin) {
  cache::EntryMeta meta;
  meta.writer = origin.writer;
  meta.tool = origin.tool;
  meta.invocation = origin.invocation;
  return meta;
}

net::Task<Result<void>> store_blob(cache::ContentApi& content, cache::BlobRef blob,
                                   std::string_view bytes, cache::WriteOrigin origin) {
  FABRIK_CO_TRY(const auto upload, co_await content.create(cache::Space::cas, bytes.size()));
  upload->written_by(std::move(origin));
  while (!bytes.empty()) {
    FABRIK_CO_CHECK(co_await upload->append(as_bytes(bytes.substr(0, kChunkSize))));
    bytes.remove_prefix(std::min(bytes.size(), kChunkSize));
  }
  FABRIK_CO_CHECK(co_await upload->commit(&blob));
  co_return Result<void>{};
}

}  // namespace fabrik::adapters::reapi
