#include "cache/eviction_order.hpp"

#include <algorithm>
#include <bit>

namespace fabrik::cache {
namespace {

using First = std::function<std::uint64_t()>;

class LeastRecentlyUsed final : public EvictionOrder {
 public:
  std::uint64_t on_commit(std::uint64_t tick, const First&) const override { return tick; }
  std::uint64_t on_use(const BlobRecord&, std::uint64_t tick) const override { return tick; }
};

class OldestFirst final : public EvictionOrder {
 public:
  std::uint64_t on_commit(std::uint64_t tick, const First&) const override { return tick; }
  std::uint64_t on_use(const BlobRecord& record, std::uint64_t) const override {
    return record.order;
  }
};

// Ages by itself: what was popular long ago stands behind today's ticks.
class LeastFrequentlyUsed final : public EvictionOrder {
 public:
  std::uint64_t on_commit(std::uint64_t tick, const First& first) const override {
    // Where everything else is popular a new blob would be the first victim,
    // and could never become popular itself.
    return std::max(place(tick, 1), first() + 1);
  }
  std::uint64_t on_use(const BlobRecord& record, std::uint64_t tick) const override {
    return std::max(record.order, place(tick, record.uses));
  }

 private:
  static constexpr std::uint64_t kDay = 86'400'000'000;

  static std::uint64_t place(std::uint64_t tick, std::uint32_t uses) {
    return tick + kDay * static_cast<std::uint64_t>(std::bit_width(uses));
  }
};

}  // namespace

std::unique_ptr<EvictionOrder> eviction_order(EvictionPolicy policy) {
  switch (policy) {
    case EvictionPolicy::lfu:
      return std::make_unique<LeastFrequentlyUsed>();
    case EvictionPolicy::ttl:
      return std::make_unique<OldestFirst>();
    case EvictionPolicy::lru:
      break;
  }
  return std::make_unique<LeastRecentlyUsed>();
}

void Ticks::start_after(std::uint64_t tick) {
  std::uint64_t last = last_.load();
  while (last < tick && !last_.compare_exchange_weak(last, tick)) {
  }
}

std::uint64_t Ticks::next() {
  const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().time_since_epoch())
             .count()));
  std::uint64_t last = last_.load();
  std::uint64_t tick = 0;
  do {
    tick = std::max(last + 1, now);
  } while (!last_.compare_exchange_weak(last, tick));
  return tick;
}

}  // namespace fabrik::cache
