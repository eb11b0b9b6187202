// HTTP/1.1 for local clients, on listening sockets that somebody else opened.
//
// Keep-alive, pipelining, HTTP/1.0, chunked uploads, 100-continue, HEAD. Who may
// connect (peer_check.hpp) and what a request must look like (request_guard.hpp)
// is checked here, once, before any adapter.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/http_limits.hpp"
#include "net/peer_check.hpp"
#include "net/request_observer.hpp"
#include "net/router.hpp"
#include "net/runtime.hpp"

namespace fabrik::net {

struct HttpServerStats {
  std::uint64_t accepted = 0;     // connections since start
  std::uint64_t connections = 0;  // open now
  std::uint64_t requests = 0;     // answered or being answered since start
  std::uint64_t in_flight = 0;
  std::uint64_t refused = 0;  // wrong user, web page, malformed
};

// Runtime, peer check, log and routers are borrowed and must outlive the server.
// Functions are thread-safe but must not be called from a runtime thread.
class HttpServer {
 public:
  // `observer` hears of the requests that came in by TCP; borrowed, nullptr: nobody.
  HttpServer(Runtime& runtime, PeerCheck& peer_check, PeerPolicy policy, const HttpLimits& limits,
             Log& log, RequestObserver* observer = nullptr);
  // Ends all connections and waits for them.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Serves a listening TCP or Unix socket. On TCP every request must pass the
  // guard for the socket's port; on a Unix socket only the peer is checked, and
  // its requests do not count as activity.
  Result<void> listen(UniqueFd listener, const Router& router);

  // Connections that nobody accepted stay in the kernel's queue, for whoever else
  // holds the listening socket.
  void stop_accepting();

  // stop_accepting(), closes connections as they have been quiet for half a second (one
  // that is not quiet may have a request on its way), lets requests finish until
  // `deadline` has passed, then cuts them. Whether all ended.
  bool drain(std::chrono::milliseconds deadline);

  HttpServerStats stats() const;

  // For the idle exit: whether a cache request is being worked on, and when the
  // last one ended (the server's start if there was none).
  bool busy() const;
  std::chrono::steady_clock::time_point last_request() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fabrik::net
