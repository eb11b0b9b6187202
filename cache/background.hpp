// One thread that sleeps until there is something to do.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace fabrik::cache {

// Thread-safe.
class Background {
 public:
  // Does what is due and answers when to be called again at the latest;
  // nullopt: not before somebody calls wake().
  using Work = std::function<std::optional<std::chrono::milliseconds>(std::stop_token)>;

  ~Background() { stop(); }
  void start(Work work);
  // Takes note and returns at once; before start() it is remembered.
  void wake();
  // Waits for the thread; `work` should look at its stop token.
  void stop();

 private:
  void run(const std::stop_token& stopping, const Work& work);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ = false;
  std::jthread thread_;
};

}  // namespace fabrik::cache
