// One client connection: requests in, answers out, one after another.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "net/http_limits.hpp"
#include "net/input_buffer.hpp"
#include "net/peer_check.hpp"
#include "net/request_body.hpp"
#include "net/request_observer.hpp"
#include "net/request_parser.hpp"
#include "net/request_slots.hpp"
#include "net/response_head.hpp"
#include "net/router.hpp"
#include "net/server_exchange.hpp"
#include "net/stream_io.hpp"

namespace fabrik::net {

// What all connections of a server share. Outlives the server while handlers of
// its connections are still queued.
struct ServerShared {
  ServerShared(const HttpLimits& given, PeerPolicy allowed, PeerCheck& check, Log& log_to,
               RequestObserver* told)
      : limits(given),
        policy(allowed),
        peer_check(check),
        log(log_to),
        observer(told),
        slots(given.concurrent_requests) {}

  const HttpLimits limits;
  const PeerPolicy policy;
  PeerCheck& peer_check;
  Log& log;
  RequestObserver* const observer;  // nullptr: nobody
  CoarseClock clock;
  RequestSlots slots;
  std::atomic<bool> draining{false};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::int64_t> in_flight{0};
  // Of requests for the cache, not of people looking at it: for the idle exit.
  std::atomic<std::int64_t> cache_in_flight{0};
  std::atomic<std::chrono::steady_clock::rep> last_cache_request{0};
};

// Where a connection came in.
struct Entrance {
  const Router* router = nullptr;
  bool private_socket = false;  // a Unix socket: no web page can reach it
  std::uint16_t port = 0;       // of a loopback port
};

class HttpConnection {
 public:
  HttpConnection(boost::asio::any_io_executor executor, UniqueFd socket, int family,
                 Entrance entrance, std::shared_ptr<ServerShared> shared);

  const boost::asio::any_io_executor& executor() const { return executor_; }

  // Serves until the connection ends. Await once, on the executor.
  Task<void> run();

  // Thread-safe.
  bool is_late() const { return io_.is_late(); }
  // Since when it could be closed to make room, ms on the shared clock: when it
  // began to wait for a request, or, for a client that has just connected, when it
  // should have sent one. kBusy while it works on a request.
  std::int64_t idle_since() const { return idle_since_.load(std::memory_order_relaxed); }
  static constexpr std::int64_t kBusy = -1;

  // On the executor only:
  void expire_if_due() { io_.expire_if_due(); }
  // Ends it if it has waited for a request for at least that long.
  void close_if_quiet(std::chrono::milliseconds least);
  void abort() { io_.abort(true); }

 private:
  struct Busy;
  enum class Head { complete, ended, refused };

  Task<Head> read_head();
  Task<bool> answer_request();
  Task<void> handle(ServerExchange& exchange);
  void observe(const ServerExchange& exchange, std::chrono::steady_clock::time_point since) const;
  Task<void> refuse(Refusal refusal);
  Task<void> let_client_read();
  void identify_peer();
  std::optional<Refusal> check_request() const;
  // Who sends the request, and whether that caller may.
  Task<std::optional<Refusal>> check_caller();
  Authenticator* authenticator() const {
    return entrance_.private_socket ? nullptr : shared_->policy.authenticator;
  }

  boost::asio::any_io_executor executor_;
  std::shared_ptr<ServerShared> shared_;
  Entrance entrance_;
  StreamIo io_;
  InputBuffer input_;
  RequestParser parser_;
  RequestBody body_;
  Request request_;
  std::string out_;
  DateText date_;
  std::optional<Refusal> peer_refusal_;
  std::string peer_ = "unknown";
  std::uint64_t served_ = 0;
  std::atomic<std::int64_t> idle_since_{kBusy};
};

}  // namespace fabrik::net
