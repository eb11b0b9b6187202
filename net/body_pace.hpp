// Tells a slow upload from one that is only kept open. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "net/http_limits.hpp"

namespace fabrik::net {

// Counts only the time spent waiting for the client, not our own work.
class BodyPace {
 public:
  explicit BodyPace(const HttpLimits& limits)
      : stall_(limits.body_stall), min_rate_(std::max<std::uint64_t>(1, limits.body_min_rate)) {}

  // How long the next wait may last; zero or less: too slow already.
  std::chrono::milliseconds allowance() const {
    const auto earned =
        std::chrono::milliseconds(static_cast<std::int64_t>(received_ * 1000 / min_rate_));
    return std::min(stall_, stall_ + earned - waited_);
  }
  void waited(std::chrono::milliseconds time, std::uint64_t received) {
    waited_ += time;
    received_ += received;
  }

 private:
  std::chrono::milliseconds stall_;
  std::uint64_t min_rate_;
  std::chrono::milliseconds waited_{0};
  std::uint64_t received_ = 0;
};

}  // namespace fabrik::net
