// SIGTERM and SIGINT as something the main thread waits for.
#pragma once

#include <signal.h>

#include <chrono>

namespace fabrik::daemon {

// Make one before any thread is started: threads inherit the blocked signals.
class StopSignal {
 public:
  StopSignal();

  // Whether one arrived within that time.
  bool wait(std::chrono::milliseconds timeout);
  // From now on one more ends the process at once.
  void next_one_kills();

 private:
  sigset_t signals_;
};

}  // namespace fabrik::daemon
