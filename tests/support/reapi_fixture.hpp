// The Remote Execution API over a real socket, before a real store, with the client
// that protoc generates.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/reapi/context.hpp"
#include "adapters/reapi/services.hpp"
#include "build/bazel/remote/asset/v1/remote_asset.grpc.pb.h"
#include "build/bazel/remote/execution/v2/remote_execution.grpc.pb.h"
#include "cache/counters.hpp"
#include "cache/local_cache.hpp"
#include "cache/local_content.hpp"
#include "google/bytestream/bytestream.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "net/grpc_server.hpp"
#include "net/peer_check.hpp"
#include "tests/support/store_fixture.hpp"

namespace fabrik::testing {

namespace rex = ::build::bazel::remote::execution::v2;
namespace bs = ::google::bytestream;

inline rex::Digest digest_of(std::string_view bytes) {
  rex::Digest digest;
  digest.set_hash(sha256(as_bytes(bytes)).hex());
  digest.set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  return digest;
}
std::string read_name(const rex::Digest& digest, const std::string& instance = "",
                      bool zstd = false);
std::string write_name(const rex::Digest& digest, const std::string& instance = "",
                       bool zstd = false, const std::string& id = "upload-1");

struct ReadAnswer {
  grpc::Status status;
  Content data;
  std::size_t messages = 0;
  std::size_t largest = 0;
};
struct WriteAnswer {
  grpc::Status status;
  std::int64_t committed = 0;
  bool all_taken = false;  // the server read every message
};

class ReapiFixture : public StoreFixture {
 protected:
  // The server; what tests change of it (options_, tools_, audit_, zstd_) they change before.
  void start();
  // Calls in flight have ended; the store is still open.
  void stop_server();
  void TearDown() override { stop_server(); }

  std::unique_ptr<grpc::ClientContext> context() const;  // with a generous deadline

  ReadAnswer read(const std::string& name, std::int64_t offset = 0, std::int64_t limit = 0);
  // In messages of `step` bytes; `finish` with the last one.
  WriteAnswer write(const std::string& name, std::string_view bytes, bool finish = true,
                    std::int64_t offset = 0, std::size_t step = 100'000);
  WriteAnswer send(const std::vector<bs::WriteRequest>& messages);
  bs::QueryWriteStatusResponse query(const std::string& name);

  void upload(std::string_view bytes);  // through BatchUpdateBlobs or Write
  std::vector<std::string> missing(const std::vector<rex::Digest>& digests,
                                   const std::string& instance = "");
  grpc::Status update_batch(const rex::BatchUpdateBlobsRequest& request,
                            rex::BatchUpdateBlobsResponse& response);
  grpc::Status read_batch(const rex::BatchReadBlobsRequest& request,
                          rex::BatchReadBlobsResponse& response);

  // Stores a result for an action named by its text.
  grpc::Status put_result(const std::string& action, const rex::ActionResult& result,
                          const std::string& instance = "");
  grpc::Status get_result(rex::GetActionResultRequest request, rex::ActionResult& result);
  grpc::Status get_result(const std::string& action, rex::ActionResult& result,
                          const std::string& instance = "");

  std::uint64_t mismatches(const std::string& path, const std::string& instance = "") const;

  config::BuildToolsConfig tools_;
  cache::AuditLog* audit_ = nullptr;
  bool zstd_ = false;
  net::PeerPolicy policy_{.own_uid = ::geteuid()};
  std::uint16_t port_ = 0;
  cache::CacheCounters counters_;
  std::unique_ptr<net::Runtime> runtime_;
  std::unique_ptr<cache::LocalCache> cache_;
  std::unique_ptr<cache::LocalContent> content_;
  std::unique_ptr<net::PeerCheck> peer_check_;
  adapters::MismatchCounters mismatches_;
  std::unique_ptr<adapters::reapi::Services> services_;
  std::unique_ptr<net::GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<rex::Capabilities::Stub> capabilities_;
  std::unique_ptr<rex::ContentAddressableStorage::Stub> cas_;
  std::unique_ptr<rex::ActionCache::Stub> actions_;
  std::unique_ptr<bs::ByteStream::Stub> bytes_;
};

}  // namespace fabrik::testing
