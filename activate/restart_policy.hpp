// When to start a worker again that ended without being asked. Pure.
#pragma once

#include <chrono>
#include <optional>

namespace fabrik::activate {

class RestartPolicy {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A worker started at `started` failed or was killed at `now`. The pause before
  // the next attempt: none for the first, then growing from 100 ms to 5 s.
  // nullopt: eight in a row did not live ten seconds; it is hopeless.
  std::optional<std::chrono::milliseconds> after_failure(Time started, Time now);

 private:
  unsigned fast_failures_ = 0;
};

}  // namespace fabrik::activate
