#include "net/connection_set.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <vector>

namespace fabrik::net {
namespace asio = boost::asio;
namespace {

// Keeps the connection alive for as long as it is served.
Task<void> serve(std::shared_ptr<HttpConnection> connection) {
  co_await connection->run();
}

}  // namespace

ConnectionSet::ConnectionSet(asio::any_io_executor executor, std::shared_ptr<ServerShared> shared)
    : executor_(std::move(executor)), shared_(std::move(shared)), timer_(executor_) {}

void ConnectionSet::start(std::shared_ptr<HttpConnection> connection) {
  {
    const std::lock_guard lock(mutex_);
    connections_.insert(connection);
    if (!ticking_) {
      ticking_ = true;
      asio::post(executor_, [self = shared_from_this()] { self->arm_tick(); });
    }
  }
  const asio::any_io_executor executor = connection->executor();
  asio::co_spawn(executor, serve(connection),
                 [self = shared_from_this(), connection](const std::exception_ptr& failure) {
                   if (failure) {  // out of memory, most likely
                     self->shared_->log.error("a connection ended by an exception");
                   }
                   self->remove(connection);
                 });
}

void ConnectionSet::remove(const std::shared_ptr<HttpConnection>& connection) {
  if (on_end_) {
    on_end_();
  }
  const std::lock_guard lock(mutex_);
  connections_.erase(connection);
  if (connections_.empty()) {
    emptied_.notify_all();
  }
}

std::size_t ConnectionSet::size() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

template <class Action>
void ConnectionSet::on_each(Action action) {
  const std::lock_guard lock(mutex_);
  for (const std::shared_ptr<HttpConnection>& connection : connections_) {
    asio::post(connection->executor(), [connection, action] { action(*connection); });
  }
}

void ConnectionSet::close_quiet(std::chrono::milliseconds least) {
  shared_->clock.advance();
  on_each([least](HttpConnection& connection) { connection.close_if_quiet(least); });
}

void ConnectionSet::abort_all() {
  on_each([](HttpConnection& connection) { connection.abort(); });
}

bool ConnectionSet::close_most_idle() {
  const std::int64_t now = shared_->clock.now().count();
  const std::lock_guard lock(mutex_);
  std::shared_ptr<HttpConnection> oldest;
  std::int64_t oldest_since = now + 1;
  for (const std::shared_ptr<HttpConnection>& connection : connections_) {
    const std::int64_t since = connection->idle_since();
    if (since != HttpConnection::kBusy && since < oldest_since) {
      oldest = connection;
      oldest_since = since;
    }
  }
  if (!oldest) {
    return false;
  }
  asio::post(oldest->executor(),
             [oldest] { oldest->close_if_quiet(std::chrono::milliseconds(0)); });
  return true;
}

bool ConnectionSet::wait_until_empty(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, timeout, [this] { return connections_.empty(); });
}

void ConnectionSet::arm_tick() {
  timer_.expires_after(shared_->limits.tick);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    if (const auto self = weak.lock(); self && !error) {
      self->tick();
    }
  });
}

void ConnectionSet::tick() {
  shared_->clock.advance();
  {
    const std::lock_guard lock(mutex_);
    for (const std::shared_ptr<HttpConnection>& connection : connections_) {
      if (connection->is_late()) {
        asio::post(connection->executor(), [connection] { connection->expire_if_due(); });
      }
    }
    if (connections_.empty()) {
      ticking_ = false;
      return;
    }
  }
  arm_tick();
}

}  // namespace fabrik::net
