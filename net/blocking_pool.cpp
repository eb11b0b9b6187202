#include "net/blocking_pool.hpp"

#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

namespace fabrik::net {
namespace asio = boost::asio;

struct BlockingPool::Impl {
  explicit Impl(unsigned count) : threads(count) {}
  asio::thread_pool threads;
};

BlockingPool::BlockingPool(unsigned threads)
    : impl_(std::make_unique<Impl>(threads == 0 ? 1 : threads)) {}

BlockingPool::~BlockingPool() {
  join();
}

void BlockingPool::post(std::move_only_function<void()> work) {
  asio::post(impl_->threads, std::move(work));
}

void BlockingPool::join() {
  impl_->threads.join();
}

namespace {

// What `work` throws.
std::exception_ptr outcome_of(std::move_only_function<void()>& work) {
  try {
    work();
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

// Resumes a coroutine when `left` pieces of work have ended. The guard keeps its
// io_context running while only the pool works.
template <class Handler>
struct Resumption {
  Resumption(Handler to_call, int pieces)
      : handler(std::move(to_call)), guard(asio::make_work_guard(handler)), left(pieces) {}

  void one_ended() {
    if (left.fetch_sub(1) == 1) {
      asio::post(guard.get_executor(), std::move(handler));
    }
  }

  Handler handler;
  asio::executor_work_guard<asio::associated_executor_t<Handler>> guard;
  std::atomic<int> left;
};

}  // namespace

Task<void> BlockingPool::run(std::move_only_function<void()> work) {
  std::exception_ptr failure;
  const auto start = [&](auto handler) {
    auto resume = std::make_unique<Resumption<decltype(handler)>>(std::move(handler), 1);
    asio::post(impl_->threads, [&work, &failure, resume = std::move(resume)] {
      failure = outcome_of(work);
      resume->one_ended();
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
  if (failure) {
    std::rethrow_exception(failure);
  }
}

Task<void> BlockingPool::run_beside(std::move_only_function<void()> work,
                                    std::move_only_function<void()> here) {
  std::exception_ptr failure;
  std::exception_ptr failure_here;
  const auto start = [&](auto handler) {
    auto resume = std::make_shared<Resumption<decltype(handler)>>(std::move(handler), 2);
    asio::post(impl_->threads, [&work, &failure, resume] {
      failure = outcome_of(work);
      resume->one_ended();
    });
    failure_here = outcome_of(here);
    resume->one_ended();
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
  if (failure || failure_here) {
    std::rethrow_exception(failure ? failure : failure_here);
  }
}

}  // namespace fabrik::net
