// gRPC for local clients, on a listening socket that somebody else opened.
//
// Connections are accepted by us, so that the peer check covers them, and handed to
// gRPC (ExternalConnectionAcceptor, FROM_FD). All calls come in through gRPC's
// generic callback service as bytes: no code generated for services is involved.
// Tried with libgrpc++ 1.51.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/peer_check.hpp"
#include "net/request_observer.hpp"
#include "net/rpc.hpp"
#include "net/runtime.hpp"

namespace fabrik::net {

struct GrpcLimits {
  // Above what clients are told to send at most: a batch of 3 MiB comes with its
  // envelope, and buck2 puts exactly a batch into one WriteRequest.
  int message_bytes = 16 * 1024 * 1024;
  int streams_per_connection = 1000;
};

struct GrpcServerStats {
  std::uint64_t accepted = 0;  // connections since start
  std::uint64_t calls = 0;     // since start
  std::uint64_t in_flight = 0;
  std::uint64_t refused = 0;  // connections of other users
};

// Runtime, peer check, log and services are borrowed and must outlive the server.
// Functions are thread-safe but must not be called from a runtime thread.
class GrpcServer {
 public:
  // `services` answer; calls for others are UNIMPLEMENTED. `observer` hears of all
  // calls but those of probes; borrowed, nullptr: nobody.
  static Result<std::unique_ptr<GrpcServer>> start(Runtime& runtime, PeerCheck& peer_check,
                                                   PeerPolicy policy, const GrpcLimits& limits,
                                                   std::vector<RpcService*> services, Log& log,
                                                   RequestObserver* observer = nullptr);
  // Cuts all calls and waits for them.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // Serves a listening TCP or Unix socket.
  Result<void> listen(UniqueFd listener);

  // Connections that nobody accepted stay in the kernel's queue. Clients are told
  // to make their next calls on a new connection; calls in flight finish until
  // `deadline` has passed, then they are cut. Whether all ended.
  bool drain(std::chrono::milliseconds deadline);

  GrpcServerStats stats() const;
  // For the idle exit, as HttpServer's.
  bool busy() const;
  std::chrono::steady_clock::time_point last_request() const;

 private:
  struct Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fabrik::net
