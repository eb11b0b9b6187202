#include "adapters/reapi/capabilities.hpp"

#include <array>

#include "adapters/reapi/fast_cdc.hpp"
#include "adapters/reapi/unary.hpp"

namespace fabrik::adapters::reapi {
namespace {

rex::ServerCapabilities capabilities(bool zstd) {
  rex::ServerCapabilities all;
  rex::CacheCapabilities& cache = *all.mutable_cache_capabilities();
  cache.add_digest_functions(rex::DigestFunction::SHA256);
  // True even when nothing can be stored: false ends builds of Bazel 4.
  cache.mutable_action_cache_update_capabilities()->set_update_enabled(true);
  auto& priorities = *cache.mutable_cache_priority_capabilities()->add_priorities();
  priorities.set_min_priority(-100);
  priorities.set_max_priority(100);
  // Never 0, which some clients take for "nothing at all".
  cache.set_max_batch_total_size_bytes(kMaxBatchBytes);
  cache.set_symlink_absolute_path_strategy(rex::SymlinkAbsolutePathStrategy::ALLOWED);
  if (zstd) {
    cache.add_supported_compressors(rex::Compressor::ZSTD);
    cache.add_supported_batch_update_compressors(rex::Compressor::ZSTD);
  }
  cache.set_split_blob_support(true);
  cache.set_splice_blob_support(true);
  cache.mutable_fast_cdc_2020_params()->set_avg_chunk_size_bytes(kAverageChunk);
  cache.mutable_fast_cdc_2020_params()->set_seed(0);
  all.mutable_low_api_version()->set_major(2);
  all.mutable_high_api_version()->set_major(2);
  all.mutable_high_api_version()->set_minor(3);
  return all;
}

}  // namespace

Capabilities::Capabilities(const Context& context)
    : answer_(capabilities(context.zstd).SerializeAsString()) {}

net::Task<net::RpcStatus> Capabilities::handle(std::string_view method, net::RpcCall& call) {
  if (method != "GetCapabilities") {
    co_return net::unimplemented(method);
  }
  rex::GetCapabilitiesRequest request;
  if (const Result<void> read = co_await read_request(call, request); !read) {
    co_return to_status(read.error());
  }
  const std::array<Bytes, 1> pieces = {as_bytes(answer_)};
  if (const Result<void> sent = co_await call.write(pieces); !sent) {
    co_return to_status(sent.error());
  }
  co_return net::RpcStatus{};
}

}  // namespace fabrik::adapters::reapi
