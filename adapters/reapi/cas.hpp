// build.bazel.remote.execution.v2.ContentAddressableStorage (docs/reapi.md has the
// rules row by row). What it reports as present is leased.
#pragma once

#include "adapters/reapi/unary.hpp"

namespace fabrik::adapters::reapi {

class ContentAddressableStorage final : public net::RpcService {
 public:
  explicit ContentAddressableStorage(Context& context) : context_(context) {}

  std::string_view name() const override {
    return "build.bazel.remote.execution.v2.ContentAddressableStorage";
  }
  std::optional<net::Scope> needs(std::string_view method) const override {
    return method == "BatchUpdateBlobs" || method == "SpliceBlob" ? net::Scope::write
                                                                  : net::Scope::read;
  }
  net::Task<net::RpcStatus> handle(std::string_view method, net::RpcCall& call) override;

 private:
  net::Task<Result<void>> find_missing(const rex::FindMissingBlobsRequest& request,
                                       rex::FindMissingBlobsResponse& response);
  net::Task<Result<void>> update(cache::WriteOrigin origin,
                                 const rex::BatchUpdateBlobsRequest& request,
                                 rex::BatchUpdateBlobsResponse& response);
  net::Task<Result<void>> read(const rex::BatchReadBlobsRequest& request,
                               rex::BatchReadBlobsResponse& response);

  net::Task<Result<void>> update_one(cache::ContentApi& content, const cache::WriteOrigin& origin,
                                     const rex::BatchUpdateBlobsRequest::Request& one);
  net::Task<Result<void>> read_one(cache::ContentApi& content, cache::BlobRef blob, bool compressed,
                                   rex::BatchReadBlobsResponse::Response& response);

  Context& context_;
};

}  // namespace fabrik::adapters::reapi
