#include "adapters/shared/mismatch_counters.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMostInstances = 1000;

}  // namespace

void MismatchCounters::count(std::string_view path, std::string_view instance) {
  const std::lock_guard lock(mutex_);
  std::pair<std::string, std::string> key(path, instance);
  if (counts_.size() >= kMostInstances && !counts_.contains(key)) {
    key.second = "*";
  }
  ++counts_[key];
}

std::vector<MismatchCounters::Count> MismatchCounters::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Count> counts;
  for (const auto& [key, count] : counts_) {
    counts.push_back(
        {.path = key.first, .function = "sha256", .instance = key.second, .count = count});
  }
  return counts;
}

}  // namespace fabrik::adapters
