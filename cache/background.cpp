#include "cache/background.hpp"

namespace fabrik::cache {

void Background::start(Work work) {
  thread_ = std::jthread(
      [this, work = std::move(work)](const std::stop_token& stopping) { run(stopping, work); });
}

void Background::run(const std::stop_token& stopping, const Work& work) {
  while (!stopping.stop_requested()) {
    const auto pause = work(stopping);
    std::unique_lock lock(mutex_);
    const auto woken = [this] { return woken_; };
    if (pause) {
      changed_.wait_for(lock, stopping, *pause, woken);
    } else {
      changed_.wait(lock, stopping, woken);
    }
    woken_ = false;
  }
}

void Background::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void Background::stop() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
}

}  // namespace fabrik::cache
