#include "cache/striped_locks.hpp"

#include <bitset>
#include <functional>

namespace fabrik::cache {

StripedLocks::Held StripedLocks::lock(std::span<const std::string_view> keys) {
  std::bitset<kStripes> wanted;
  for (const auto key : keys) {
    wanted.set(std::hash<std::string_view>{}(key) % kStripes);
  }
  Held held;
  held.reserve(wanted.count());
  for (std::size_t stripe = 0; stripe < kStripes; ++stripe) {
    if (wanted.test(stripe)) {
      held.emplace_back(mutexes_[stripe]);
    }
  }
  return held;
}

}  // namespace fabrik::cache
