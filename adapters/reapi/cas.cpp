#include "adapters/reapi/cas.hpp"

#include <algorithm>

#include "adapters/reapi/chunks.hpp"
#include "adapters/reapi/tree.hpp"
#include "adapters/shared/zstd_codec.hpp"

namespace fabrik::adapters::reapi {
namespace {

// Of an answer to one digest beside its data: hash, size, status, framing.
constexpr std::uint64_t kEnvelope = 160;

void put_status(const Result<void>& result, google::rpc::Status& status) {
  const net::RpcStatus code = result ? net::RpcStatus{} : to_status(result.error());
  status.set_code(static_cast<int>(code.code));
  status.set_message(code.message);
}

std::unexpected<Error> over_limit(std::uint64_t bytes) {
  return fail(Errc::invalid_argument, "the batch has " + std::to_string(bytes) +
                                          " bytes; the limit is " + std::to_string(kMaxBatchBytes) +
                                          " (max_batch_total_size_bytes)");
}

}  // namespace

net::Task<net::RpcStatus> ContentAddressableStorage::handle(std::string_view method,
                                                            net::RpcCall& call) {
  if (method == "FindMissingBlobs") {
    co_return co_await unary<rex::FindMissingBlobsRequest, rex::FindMissingBlobsResponse>(
        call,
        [this](const auto& request, auto& response) { return find_missing(request, response); });
  }
  if (method == "BatchUpdateBlobs") {
    co_return co_await unary<rex::BatchUpdateBlobsRequest, rex::BatchUpdateBlobsResponse>(
        call, [this, &call](const auto& request, auto& response) {
          return update(origin_of(call), request, response);
        });
  }
  if (method == "BatchReadBlobs") {
    co_return co_await unary<rex::BatchReadBlobsRequest, rex::BatchReadBlobsResponse>(
        call, [this](const auto& request, auto& response) { return read(request, response); });
  }
  if (method == "GetTree") {
    co_return co_await get_tree(context_, call);
  }
  if (method == "SplitBlob") {
    co_return co_await unary<rex::SplitBlobRequest, rex::SplitBlobResponse>(
        call, [this, &call](const auto& request, auto& response) {
          return split_blob(context_, origin_of(call), request, response);
        });
  }
  if (method == "SpliceBlob") {
    co_return co_await unary<rex::SpliceBlobRequest, rex::SpliceBlobResponse>(
        call, [this, &call](const auto& request, auto& response) {
          return splice_blob(context_, origin_of(call), request, response);
        });
  }
  co_return net::unimplemented(method);
}

net::Task<Result<void>> ContentAddressableStorage::find_missing(
    const rex::FindMissingBlobsRequest& request, rex::FindMissingBlobsResponse& response) {
  FABRIK_CO_CHECK(context_.instances.check(request.instance_name()));
  FABRIK_CO_CHECK(check_function(request.digest_function()));
  FABRIK_CO_TRY(std::vector<cache::BlobRef> blobs, blob_refs(request.blob_digests()));
  std::erase_if(blobs, is_empty_blob);
  const auto content = context_.content.within(request.instance_name());
  FABRIK_CO_TRY(const auto missing, co_await content->missing(blobs));
  for (const cache::BlobRef& blob : missing) {
    put_digest(blob, *response.add_missing_blob_digests());
  }
  co_return Result<void>{};
}

// --- BatchUpdateBlobs --------------------------------------------------------

net::Task<Result<void>> ContentAddressableStorage::update(
    cache::WriteOrigin origin, const rex::BatchUpdateBlobsRequest& request,
    rex::BatchUpdateBlobsResponse& response) {
  FABRIK_CO_CHECK(context_.instances.check(request.instance_name()));
  FABRIK_CO_CHECK(check_function(request.digest_function()));
  std::uint64_t total = 0;
  for (const auto& one : request.requests()) {
    total += one.data().size();
  }
  if (total > static_cast<std::uint64_t>(kMaxBatchBytes)) {
    co_return over_limit(total);
  }
  const auto content = context_.content.within(request.instance_name());
  for (const auto& one : request.requests()) {
    const Result<void> stored = co_await update_one(*content, origin, one);
    if (!stored && stored.error().code == Errc::digest_mismatch) {
      context_.mismatches.count("BatchUpdateBlobs", request.instance_name());
    }
    auto& answered = *response.add_responses();
    *answered.mutable_digest() = one.digest();
    put_status(stored, *answered.mutable_status());
  }
  co_return Result<void>{};
}

net::Task<Result<void>> ContentAddressableStorage::update_one(
    cache::ContentApi& content, const cache::WriteOrigin& origin,
    const rex::BatchUpdateBlobsRequest::Request& one) {
  FABRIK_CO_TRY(const cache::BlobRef blob, blob_ref(one.digest()));
  std::string decoded;
  std::string_view bytes = one.data();
  if (one.compressor() == rex::Compressor::ZSTD && context_.zstd) {
    FABRIK_CO_TRY(decoded, zstd_decode(as_bytes(bytes), blob.size));
    bytes = decoded;
  } else if (one.compressor() != rex::Compressor::IDENTITY) {
    co_return fail(Errc::invalid_argument, "this compressor is not offered (see GetCapabilities)");
  }
  // Also where the blob is there already: the sender is to learn that its bytes
  // are not what it believes.
  if (bytes.size() != blob.size || sha256(as_bytes(bytes)) != blob.digest) {
    co_return fail(Errc::digest_mismatch, "the data is not that of digest " + blob.digest.hex() +
                                              "/" + std::to_string(blob.size));
  }
  if (is_empty_blob(blob)) {
    co_return Result<void>{};
  }
  FABRIK_CO_TRY(const auto missing, co_await content.missing({&blob, 1}));
  if (missing.empty()) {
    co_return Result<void>{};
  }
  co_return co_await store_blob(content, blob, bytes, origin);
}

// --- BatchReadBlobs ----------------------------------------------------------

net::Task<Result<void>> ContentAddressableStorage::read(const rex::BatchReadBlobsRequest& request,
                                                        rex::BatchReadBlobsResponse& response) {
  FABRIK_CO_CHECK(context_.instances.check(request.instance_name()));
  FABRIK_CO_CHECK(check_function(request.digest_function()));
  FABRIK_CO_TRY(const auto blobs, blob_refs(request.digests()));
  std::uint64_t total = 0;
  for (const cache::BlobRef& blob : blobs) {
    // Sizes can be anything up to 2^63.
    total = std::min<std::uint64_t>(total + std::min<std::uint64_t>(blob.size, 1U << 30),
                                    std::uint64_t{1} << 40);
  }
  if (total > static_cast<std::uint64_t>(kMaxBatchBytes)) {
    co_return over_limit(total);
  }
  if (total + blobs.size() * kEnvelope > kMaxAnswerBytes) {
    co_return fail(Errc::invalid_argument,
                   "so many blobs would not fit into one answer; ask for fewer at once");
  }
  const bool compressed =
      context_.zstd && std::ranges::find(request.acceptable_compressors(),
                                         static_cast<int>(rex::Compressor::ZSTD)) !=
                           request.acceptable_compressors().end();
  const auto content = context_.content.within(request.instance_name());
  for (const cache::BlobRef& blob : blobs) {
    auto& one = *response.add_responses();
    put_digest(blob, *one.mutable_digest());
    const Result<void> read = co_await read_one(*content, blob, compressed, one);
    put_status(read, *one.mutable_status());
  }
  co_return Result<void>{};
}

net::Task<Result<void>> ContentAddressableStorage::read_one(
    cache::ContentApi& content, cache::BlobRef blob, bool compressed,
    rex::BatchReadBlobsResponse::Response& response) {
  FABRIK_CO_TRY(auto bytes, co_await read_blob(content, blob));
  if (!bytes) {
    co_return fail(Errc::not_found, "blob " + blob.digest.hex() + "/" + std::to_string(blob.size) +
                                        " is not in the cache");
  }
  if (compressed) {
    FABRIK_CO_TRY(std::string packed, zstd_encode(as_bytes(*bytes)));
    if (packed.size() < bytes->size()) {
      response.set_compressor(rex::Compressor::ZSTD);
      response.set_data(std::move(packed));
      co_return Result<void>{};
    }
  }
  response.set_data(*std::move(bytes));
  co_return Result<void>{};
}

}  // namespace fabrik::adapters::reapi
