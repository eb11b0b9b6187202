#include "activate/restart_policy.hpp"

#include <array>

namespace fabrik::activate {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kLongEnough{10};
constexpr std::array kPauses = {milliseconds(0),   milliseconds(100),  milliseconds(200),
                                milliseconds(500), milliseconds(1000), milliseconds(2000),
                                milliseconds(5000)};

}  // namespace

std::optional<milliseconds> RestartPolicy::after_failure(Time started, Time now) {
  if (now - started >= kLongEnough) {
    fast_failures_ = 0;
  }
  if (fast_failures_ >= kPauses.size()) {
    return std::nullopt;
  }
  return kPauses[fast_failures_++];
}

}  // namespace fabrik::activate
