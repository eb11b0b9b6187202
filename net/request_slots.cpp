#include "net/request_slots.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fabrik::net {
namespace asio = boost::asio;

// Cancelling the timer wakes the waiter.
struct RequestSlots::Waiter {
  Waiter(const asio::any_io_executor& executor, std::chrono::milliseconds patience)
      : timer(executor, patience) {}
  asio::steady_timer timer;
  bool served = false;
};

RequestSlots::RequestSlots(std::uint32_t count) : free_(std::max(1U, count)) {}
RequestSlots::~RequestSlots() = default;

Task<bool> RequestSlots::acquire(asio::any_io_executor executor,
                                 std::chrono::milliseconds patience) {
  std::shared_ptr<Waiter> waiter;
  {
    const std::lock_guard lock(mutex_);
    if (free_ > 0) {
      --free_;
      co_return true;
    }
    if (!may_wait_) {
      co_return false;
    }
    waiter = waiting_.emplace_back(std::make_shared<Waiter>(executor, patience));
  }
  boost::system::error_code ignored;
  co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  const std::lock_guard lock(mutex_);
  if (!waiter->served) {
    std::erase(waiting_, waiter);
  }
  co_return waiter->served;
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
    next->served = true;
  }
  wake(next);
}

void RequestSlots::stop_waiting() {
  std::deque<std::shared_ptr<Waiter>> told;
  {
    const std::lock_guard lock(mutex_);
    may_wait_ = false;
    told.swap(waiting_);
  }
  std::ranges::for_each(told, wake);
}

// On the waiter's own executor, so it cannot come before the wait begins.
void RequestSlots::wake(const std::shared_ptr<Waiter>& waiter) {
  asio::post(waiter->timer.get_executor(), [waiter] { waiter->timer.cancel(); });
}

}  // namespace fabrik::net
