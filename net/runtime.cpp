#include "net/runtime.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <optional>
#include <thread>
#include <vector>

namespace fabrik::net {
namespace asio = boost::asio;

RuntimeOptions choose_threads(unsigned configured, unsigned cores) {
  RuntimeOptions options;
  if (configured != 0) {
    options.io_threads = std::min(configured, 64U);
  } else if (cores > 2) {
    options.io_threads = std::clamp(cores / 2, 2U, 4U);
  }
  options.pool_threads = std::clamp(cores, 2U, 8U);
  return options;
}

struct Runtime::Impl {
  explicit Impl(const RuntimeOptions& options)
      : single(options.io_threads <= 1),
        context(single ? 1 : static_cast<int>(options.io_threads)),
        guard(context.get_executor()),
        pool(options.pool_threads) {
    for (unsigned i = 0; i < std::max(1U, options.io_threads); ++i) {
      threads.emplace_back([this] { context.run(); });
    }
  }

  bool single;
  asio::io_context context;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
  BlockingPool pool;
  std::vector<std::jthread> threads;
};

Runtime::Runtime(const RuntimeOptions& options) : impl_(std::make_unique<Impl>(options)) {}

Runtime::~Runtime() {
  stop();
}

asio::any_io_executor Runtime::make_executor() {
  if (impl_->single) {
    return impl_->context.get_executor();
  }
  return asio::make_strand(impl_->context);
}

BlockingPool& Runtime::pool() {
  return impl_->pool;
}

void Runtime::stop() {
  // The pool first: its last results resume coroutines on the io threads.
  impl_->pool.join();
  impl_->guard.reset();
  impl_->context.stop();
  impl_->threads.clear();
}

}  // namespace fabrik::net
