// A clock that stands still until told. Thread-safe.
#pragma once

#include <atomic>

#include "base/clock.hpp"

namespace fabrik::testing {

class FakeClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return from_unix_ms(ms_.load()); }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(steady_ms_.load()));
  }
  void advance(std::chrono::milliseconds by) {
    ms_ += by.count();
    steady_ms_ += by.count();
  }
  // Moves civil time alone, as an NTP step or a resumed snapshot does.
  void jump(std::chrono::milliseconds by) { ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> ms_{1'700'000'000'000};
  std::atomic<std::int64_t> steady_ms_{1'000'000};
};

}  // namespace fabrik::testing
