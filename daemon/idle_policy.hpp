// When a quiet worker writes its buffers down, and when it leaves. Pure.
#pragma once

#include <chrono>

namespace fabrik::daemon {

struct IdleSettings {
  std::chrono::milliseconds exit_after{0};  // 0: never
  // Early enough that a crash or shutdown later finds little to replay.
  std::chrono::milliseconds flush_after = std::chrono::seconds(10);
};

struct Activity {
  bool busy = false;
  std::chrono::steady_clock::time_point last_request;  // when it ended
};

class IdlePolicy {
 public:
  enum class Action { wait, flush, exit };
  struct Step {
    Action action = Action::wait;
    std::chrono::milliseconds look_again{0};  // at the latest, when waiting
  };

  explicit IdlePolicy(IdleSettings settings) : settings_(settings) {}

  // `flush` is said once after each busy time; starting is one.
  Step next(std::chrono::steady_clock::time_point now, const Activity& activity);

 private:
  IdleSettings settings_;
  std::chrono::steady_clock::time_point flushed_up_to_{};  // the last request that is on disk
};

}  // namespace fabrik::daemon
