#include "net/http_server.hpp"

#include <sys/socket.h>

#include <mutex>
#include <vector>

#include "net/acceptor.hpp"
#include "net/connection_set.hpp"
#include "net/socket_pair_address.hpp"

namespace fabrik::net {
namespace {

// Whoever has just connected, or has just had an answer, may be sending: a connection
// that has been quiet for less time is not closed while we drain.
constexpr std::chrono::milliseconds kQuiet{500};
constexpr std::chrono::milliseconds kLookAgain{50};
// Connections that were cut end as soon as whatever the disk is doing for them does.
constexpr std::chrono::milliseconds kAfterCut{2000};

}  // namespace

struct HttpServer::Impl {
  Impl(Runtime& used_runtime, PeerCheck& peer_check, PeerPolicy policy, const HttpLimits& limits,
       Log& used_log, RequestObserver* observer)
      : runtime(used_runtime),
        log(used_log),
        shared(std::make_shared<ServerShared>(limits, policy, peer_check, used_log, observer)),
        connections(std::make_shared<ConnectionSet>(runtime.make_executor(), shared)) {
    shared->clock.advance();
    shared->last_cache_request = std::chrono::steady_clock::now().time_since_epoch().count();
    connections->when_one_ends([this] { wake_acceptors(); });
  }

  bool has_room() const { return connections->size() < shared->limits.connections; }

  void take(UniqueFd socket, int family, const Entrance& entrance) {
    shared->clock.advance();
    accepted.fetch_add(1, std::memory_order_relaxed);
    connections->start(std::make_shared<HttpConnection>(runtime.make_executor(), std::move(socket),
                                                        family, entrance, shared));
  }

  void wake_acceptors() {
    if (connections->size() + 1 >= shared->limits.connections) {
      const std::lock_guard lock(mutex);
      for (const auto& acceptor : acceptors) {
        acceptor->wake();
      }
    }
  }

  void acceptor_stopped() {
    const std::lock_guard lock(mutex);
    --running_acceptors;
    stopped.notify_all();
  }

  Runtime& runtime;
  Log& log;
  std::shared_ptr<ServerShared> shared;
  std::shared_ptr<ConnectionSet> connections;
  std::atomic<std::uint64_t> accepted{0};

  std::mutex mutex;  // guards what follows
  std::condition_variable stopped;
  std::vector<std::shared_ptr<Acceptor>> acceptors;
  std::size_t running_acceptors = 0;
};

HttpServer::HttpServer(Runtime& runtime, PeerCheck& peer_check, PeerPolicy policy,
                       const HttpLimits& limits, Log& log, RequestObserver* observer)
    : impl_(std::make_unique<Impl>(runtime, peer_check, policy, limits, log, observer)) {}

HttpServer::~HttpServer() {
  stop_accepting();
  impl_->connections->abort_all();
  while (!impl_->connections->wait_until_empty(std::chrono::seconds(1))) {
    impl_->connections->abort_all();
  }
}

Result<void> HttpServer::listen(UniqueFd listener, const Router& router) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return fail_errno("serve descriptor " + std::to_string(listener.get()));
  }
  const int family = address.ss_family;
  Entrance entrance{.router = &router, .private_socket = family == AF_UNIX};
  if (!entrance.private_socket) {
    entrance.port = ntohs(tcp_endpoint(address).port);
  }
  Impl& impl = *impl_;
  AcceptorHooks hooks{
      .has_room = [&impl] { return impl.has_room(); },
      .make_room = [&impl] { impl.connections->close_most_idle(); },
      .take = [&impl, family,
               entrance](UniqueFd socket) { impl.take(std::move(socket), family, entrance); }};
  FABRIK_TRY(const std::shared_ptr<Acceptor> acceptor,
             Acceptor::create(impl.runtime.make_executor(), std::move(listener), std::move(hooks),
                              impl.log));
  {
    const std::lock_guard lock(impl.mutex);
    impl.acceptors.push_back(acceptor);
    ++impl.running_acceptors;
  }
  acceptor->start([&impl] { impl.acceptor_stopped(); });
  return {};
}

void HttpServer::stop_accepting() {
  std::unique_lock lock(impl_->mutex);
  for (const auto& acceptor : impl_->acceptors) {
    acceptor->stop();
  }
  impl_->stopped.wait(lock, [this] { return impl_->running_acceptors == 0; });
  impl_->acceptors.clear();
}

bool HttpServer::drain(std::chrono::milliseconds deadline) {
  ConnectionSet& connections = *impl_->connections;
  stop_accepting();
  impl_->shared->draining = true;  // from now on each answer is its connection's last
  impl_->shared->slots.stop_waiting();
  const auto end = std::chrono::steady_clock::now() + deadline;
  do {
    connections.close_quiet(std::min(kQuiet, deadline / 2));
    if (connections.wait_until_empty(std::min(kLookAgain, deadline / 4))) {
      return true;
    }
  } while (std::chrono::steady_clock::now() < end);
  impl_->log.warn("requests did not finish in time and were cut",
                  {{"connections", connections.size()}});
  connections.abort_all();
  return connections.wait_until_empty(kAfterCut);
}

HttpServerStats HttpServer::stats() const {
  const ServerShared& shared = *impl_->shared;
  return {.accepted = impl_->accepted.load(),
          .connections = impl_->connections->size(),
          .requests = shared.requests.load(),
          .in_flight = static_cast<std::uint64_t>(std::max<std::int64_t>(0, shared.in_flight)),
          .refused = shared.refused.load()};
}

bool HttpServer::busy() const {
  return impl_->shared->cache_in_flight.load() > 0;
}

std::chrono::steady_clock::time_point HttpServer::last_request() const {
  return std::chrono::steady_clock::time_point(
      std::chrono::steady_clock::duration(impl_->shared->last_cache_request.load()));
}

}  // namespace fabrik::net
