// The open connections of a server, and the tick that watches their deadlines.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "net/http_connection.hpp"

namespace fabrik::net {

// Thread-safe. Destroy only when empty() after stop_ticking().
class ConnectionSet : public std::enable_shared_from_this<ConnectionSet> {
 public:
  ConnectionSet(boost::asio::any_io_executor executor, std::shared_ptr<ServerShared> shared);

  // Starts serving it.
  void start(std::shared_ptr<HttpConnection> connection);
  std::size_t size() const;
  // `on_end` runs (on any thread) after each connection that ended.
  void when_one_ends(std::function<void()> on_end) { on_end_ = std::move(on_end); }

  // Ends those that have waited for a request for at least that long.
  void close_quiet(std::chrono::milliseconds least);
  // Ends the one that has been idle for longest. False: none is idle.
  bool close_most_idle();
  void abort_all();
  // Whether the last one ended before that time was over.
  bool wait_until_empty(std::chrono::milliseconds timeout);

 private:
  void tick();
  void arm_tick();
  void remove(const std::shared_ptr<HttpConnection>& connection);
  template <class Action>
  void on_each(Action action);

  boost::asio::any_io_executor executor_;
  std::shared_ptr<ServerShared> shared_;
  std::function<void()> on_end_;
  boost::asio::steady_timer timer_;  // touched on executor_ only

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable emptied_;
  std::unordered_set<std::shared_ptr<HttpConnection>> connections_;
  bool ticking_ = false;
};

}  // namespace fabrik::net
