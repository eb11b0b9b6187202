#include "cache/usage.hpp"

#include <algorithm>

namespace fabrik::cache {
namespace {

constexpr std::size_t kFull = 32 * 1024;    // about 3 MiB
constexpr std::size_t kForget = 4 * kFull;  // the index takes no writes: order is not worth more

}  // namespace

void Usage::touch(const Digest& digest) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (pending_.size() >= kForget && !pending_.contains(digest)) {
      return;
    }
    Uses& uses = pending_[digest];
    uses.tick = ticks_.next();
    uses.count = std::max(uses.count, uses.count + 1);
    wake = uses.count == 1 && (pending_.size() == 1 || pending_.size() == kFull);
  }
  if (wake) {
    wake_();
  }
}

std::optional<Usage::Uses> Usage::take(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  const auto node = pending_.extract(digest);
  return node ? std::optional(node.mapped()) : std::nullopt;
}

Result<bool> Usage::settle(const Digest& digest) {
  const auto uses = take(digest);
  if (!uses) {
    return false;
  }
  FABRIK_CHECK(blobs_.use(digest, uses->count, uses->tick));
  return true;
}

Result<void> Usage::flush() {
  // What is touched meanwhile waits for the next time, or this would not end.
  std::unordered_map<Digest, Uses> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(pending_);
  }
  for (auto at = all.begin(); at != all.end(); at = all.erase(at)) {
    if (auto written = blobs_.use(at->first, at->second.count, at->second.tick); !written) {
      const std::lock_guard lock(mutex_);
      pending_.merge(all);
      return written;
    }
  }
  return {};
}

void Usage::forget_all() {
  const std::lock_guard lock(mutex_);
  pending_.clear();
}

bool Usage::empty() const {
  const std::lock_guard lock(mutex_);
  return pending_.empty();
}

bool Usage::full() const {
  const std::lock_guard lock(mutex_);
  return pending_.size() >= kFull;
}

}  // namespace fabrik::cache
