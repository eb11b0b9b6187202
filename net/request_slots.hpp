// Bounds how many requests are worked on at once. The others wait their turn for a
// while: short waits break no client's build, endless ones do.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "net/task.hpp"

namespace fabrik::net {

// Thread-safe.
class RequestSlots {
 public:
  explicit RequestSlots(std::uint32_t count);
  ~RequestSlots();

  // First come, first served. False: there was no place within `patience`, or
  // there is none and the server is going; nothing is to be released then. Awaited
  // on `executor`.
  Task<bool> acquire(boost::asio::any_io_executor executor, std::chrono::milliseconds patience);
  void release();
  // From now on nobody waits; who waits already is told.
  void stop_waiting();

 private:
  struct Waiter;
  static void wake(const std::shared_ptr<Waiter>& waiter);

  std::mutex mutex_;  // guards what follows, and Waiter::served
  std::uint32_t free_;
  bool may_wait_ = true;
  std::deque<std::shared_ptr<Waiter>> waiting_;
};

}  // namespace fabrik::net
