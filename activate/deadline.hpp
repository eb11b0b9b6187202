// A point in time that several steps share.
#pragma once

#include <algorithm>
#include <chrono>

namespace fabrik::activate {

class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds from_now)
      : at_(std::chrono::steady_clock::now() + from_now) {}
  std::chrono::milliseconds left() const {
    return std::max(
        std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now()),
        std::chrono::milliseconds(0));
  }
  bool passed() const { return left().count() == 0; }
  // For poll(2).
  int poll_ms() const { return static_cast<int>(left().count()); }

 private:
  std::chrono::steady_clock::time_point at_;
};

}  // namespace fabrik::activate
