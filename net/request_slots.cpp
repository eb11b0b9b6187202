#include "net/request_slots.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fabrik::net {
namespace asio = boost::asio;

// A timer that never expires; cancelling it wakes the waiter.
struct RequestSlots::Waiter {
  explicit Waiter(const asio::any_io_executor& executor)
      : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
};

RequestSlots::RequestSlots(std::uint32_t count) : free_(std::max(1U, count)) {}
RequestSlots::~RequestSlots() = default;

Task<void> RequestSlots::acquire(asio::any_io_executor executor) {
  std::shared_ptr<Waiter> waiter;
  {
    const std::lock_guard lock(mutex_);
    if (free_ > 0) {
      --free_;
    } else {
      waiter = waiting_.emplace_back(std::make_shared<Waiter>(executor));
    }
  }
  if (waiter) {
    boost::system::error_code ignored;
    co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void RequestSlots::release() {
  std::shared_ptr<Waiter> next;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    next = std::move(waiting_.front());
    waiting_.pop_front();
  }
  // On the waiter's own executor, so it cannot come before the wait begins.
  asio::post(next->timer.get_executor(), [next] { next->timer.cancel(); });
}

}  // namespace fabrik::net
