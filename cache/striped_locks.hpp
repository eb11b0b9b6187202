// Locks for single keys without one mutex per key: keys share a fixed number of
// mutexes. Several keys are locked at once in a fixed order, so callers cannot
// deadlock as long as nobody locks twice.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace fabrik::cache {

class StripedLocks {
 public:
  // Holds the locks of some keys until it is destroyed.
  using Held = std::vector<std::unique_lock<std::mutex>>;

  Held lock(std::span<const std::string_view> keys);
  Held lock(std::initializer_list<std::string_view> keys) {
    return lock(std::span(keys.begin(), keys.size()));
  }

 private:
  static constexpr std::size_t kStripes = 64;
  std::array<std::mutex, kStripes> mutexes_;
};

}  // namespace fabrik::cache
