// A real HttpServer on a free loopback port, answered by small test adapters.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "net/http_server.hpp"
#include "tests/support/raw_http.hpp"

namespace fabrik::testing {

// Byte `position` of the body that /source sends.
char pattern_byte(std::uint64_t position);
std::string pattern(std::uint64_t from, std::size_t count);

// PUT|POST /sink         reads all, answers "<size> <sha256>"
// GET|HEAD /source?size=N[&fail=M][&tell=0]  streams N pattern bytes; fails after M of
//                        them; tell=0: without saying how many beforehand
// any /ignore            answers without looking at the body
// any /peer              answers who sent it
// any, overloaded        503
// any /silent, /throw    forgets to answer, throws
class TestAdapter final : public net::HttpAdapter {
 public:
  std::string_view name() const override { return "test"; }
  bool claims(const net::Request& request) const override;
  net::Task<void> handle(net::HttpExchange& exchange) override;

  // How uploads that broke off ended, in order; and how many sources are alive.
  std::vector<Errc> broken_uploads() const;
  std::atomic<int> live_sources{0};
  std::atomic<int> uploads_begun{0};

 private:
  net::Task<void> sink(net::HttpExchange& exchange);
  net::Task<void> source(net::HttpExchange& exchange);

  mutable std::mutex mutex_;
  std::vector<Errc> broken_;
};

// Says that every client is this user.
class FixedPeer final : public net::PeerCheck {
 public:
  explicit FixedPeer(Result<uid_t> answer) : answer_(std::move(answer)) {}
  Result<uid_t> uid_of(int) override { return answer_; }

 private:
  Result<uid_t> answer_;
};

// Ticks every 20 ms, so that short timeouts work.
net::HttpLimits quick_limits();

struct FixtureOptions {
  net::HttpLimits limits = quick_limits();
  unsigned io_threads = 1;
  std::unique_ptr<net::PeerCheck> peer_check = nullptr;  // null: the real one
  net::PeerPolicy policy = {.own_uid = ::geteuid()};
};

class HttpFixture {
 public:
  explicit HttpFixture(FixtureOptions options = {});
  ~HttpFixture();

  std::uint16_t port() const { return port_; }
  RawClient connect() const { return RawClient::tcp(port_); }
  std::string request(std::string_view method, std::string_view target,
                      std::string_view headers = {},
                      std::optional<std::string_view> body = std::nullopt) const {
    return request_text(port_, method, target, headers, body);
  }
  net::HttpServer& server() { return *server_; }
  TestAdapter& adapter() { return adapter_; }
  // A second way in, as the daemon's admin socket.
  void listen_on(UniqueFd socket);
  // Another descriptor of the listening socket, as a supervisor holds one.
  int listener() const { return listener_.get(); }
  // Waits (bounded) until `condition` holds.
  static bool eventually(const std::function<bool()>& condition);

 private:
  std::unique_ptr<Log> log_ = null_log();
  std::unique_ptr<net::PeerCheck> peer_check_;
  TestAdapter adapter_;
  net::Router router_{{&adapter_}};
  net::Runtime runtime_;
  std::unique_ptr<net::HttpServer> server_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
};

}  // namespace fabrik::testing
