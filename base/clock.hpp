// Time as something passed in, so that tests can move it.
#pragma once

#include <chrono>
#include <cstdint>

namespace fabrik {

class Clock {
 public:
  virtual ~Clock() = default;
  // Civil time, for records that outlive the process. May jump.
  virtual std::chrono::system_clock::time_point now() const = 0;
  // Time that only moves forward, for timeouts and ages within the process.
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;
};

// The machine's clocks. Thread-safe.
class SystemClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::now();
  }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::now();
  }
};

// Milliseconds since 1970, the form in which times are stored.
inline std::int64_t to_unix_ms(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}
inline std::chrono::system_clock::time_point from_unix_ms(std::int64_t ms) {
  return std::chrono::system_clock::time_point(std::chrono::milliseconds(ms));
}

}  // namespace fabrik
