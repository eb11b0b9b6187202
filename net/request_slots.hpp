// Bounds how many requests are worked on at once; the others wait their turn,
// because an error would break some clients' builds and waiting breaks none.
#pragma once

#include <boost/asio/any_io_executor.hpp>
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

  // First come, first served. Awaited on `executor`.
  Task<void> acquire(boost::asio::any_io_executor executor);
  void release();

 private:
  struct Waiter;
  std::mutex mutex_;  // guards both
  std::uint32_t free_;
  std::deque<std::shared_ptr<Waiter>> waiting_;
};

}  // namespace fabrik::net
