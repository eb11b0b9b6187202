// Threads for work that may block: disk writes, hashing of large bodies. What
// runs on the io threads must not wait for a disk; what runs here may.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "net/task.hpp"

namespace fabrik::net {

// A fixed number of threads and a queue. Thread-safe. Must be joined (or
// destroyed) before the io_context whose coroutines use it.
class BlockingPool {
 public:
  explicit BlockingPool(unsigned threads);
  // Joins.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Queues `work` and forgets it; what it throws ends the process.
  void post(std::move_only_function<void()> work);
  // Waits until everything queued has run. Nothing may be posted afterwards.
  void join();

  // Runs `work` on a thread of the pool, then continues on the caller's
  // executor. What `work` throws is thrown here. Prefer on_pool().
  Task<void> run(std::move_only_function<void()> work);
  // The same, and runs `here` on the caller's thread meanwhile: for work that does
  // not block and would otherwise cost a second change of threads.
  Task<void> run_beside(std::move_only_function<void()> work, std::move_only_function<void()> here);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The result of `work`, computed on the pool. What `work` refers to must live
// until the await ends; the coroutine waits even when it is being cancelled.
//   auto blob = co_await net::on_pool(pool, [&] { return writer.commit(); });
template <class F>
Task<std::invoke_result_t<F&>> on_pool(BlockingPool& pool, F work) {
  using Value = std::invoke_result_t<F&>;
  if constexpr (std::is_void_v<Value>) {
    co_await pool.run([&work] { work(); });
  } else {
    std::optional<Value> value;
    co_await pool.run([&work, &value] { value.emplace(work()); });
    co_return std::move(*value);
  }
}

}  // namespace fabrik::net
