// The threads of fabrikd: one io_context for transport, one pool for what blocks.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "net/blocking_pool.hpp"

namespace fabrik::net {

struct RuntimeOptions {
  unsigned io_threads = 1;
  unsigned pool_threads = 2;
};

// Thread counts for this machine. `configured` is runtime.worker_threads (0: one
// io thread on up to two cores, else two to four).
RuntimeOptions choose_threads(unsigned configured, unsigned cores);

// Runs from construction until stop(). Everything that uses it (servers, their
// coroutines) must be gone before stop(), which joins all threads.
class Runtime {
 public:
  explicit Runtime(const RuntimeOptions& options);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // Work posted through one of these never runs concurrently with itself: the
  // context itself when there is one io thread, a strand otherwise. One each per
  // connection.
  boost::asio::any_io_executor make_executor();
  BlockingPool& pool();

  // Idempotent. Not from a runtime thread.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fabrik::net
