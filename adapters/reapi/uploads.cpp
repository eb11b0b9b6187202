#include "adapters/reapi/uploads.hpp"

#include <algorithm>

namespace fabrik::adapters::reapi {
namespace {

constexpr std::size_t kMostKept = 64;
constexpr std::chrono::minutes kKeptFor{10};

}  // namespace

Uploads::Claim Uploads::claim(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return std::exchange(slots_[name].claimed, true) ? Claim::busy : Claim::granted;
}

std::unique_ptr<Upload> Uploads::take(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return std::move(slots_[name].kept);
}

void Uploads::progress(const std::string& name, std::uint64_t received) {
  const std::lock_guard lock(mutex_);
  slots_[name].received = received;
}

void Uploads::release(const std::string& name, std::unique_ptr<Upload> upload) {
  const std::lock_guard lock(mutex_);
  if (!upload) {
    slots_.erase(name);
    return;
  }
  Slot& slot = slots_[name];
  slot.received = upload->received;
  slot.kept = std::move(upload);
  slot.claimed = false;
  slot.since = std::chrono::steady_clock::now();
  forget_old();
}

std::optional<std::uint64_t> Uploads::received(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(name);
  return found == slots_.end() ? std::nullopt : std::optional(found->second.received);
}

void Uploads::forget_old() {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(slots_, [&](const auto& slot) {
    return !slot.second.claimed && now - slot.second.since > kKeptFor;
  });
  const auto kept =
      std::ranges::count_if(slots_, [](const auto& slot) { return !slot.second.claimed; });
  if (static_cast<std::size_t>(kept) > kMostKept) {
    auto oldest = slots_.end();
    for (auto at = slots_.begin(); at != slots_.end(); ++at) {
      if (!at->second.claimed &&
          (oldest == slots_.end() || at->second.since < oldest->second.since)) {
        oldest = at;
      }
    }
    slots_.erase(oldest);
  }
}

}  // namespace fabrik::adapters::reapi
