// Which blob goes first when room is needed. Every blob has a place, a number;
// the smallest is evicted first. Places are on the scale of ticks: microseconds
// since 1970 that never repeat and never go back, so that a policy can be
// changed without renumbering, and a jumping clock disturbs nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "cache/schema.hpp"

namespace fabrik::cache {

enum class EvictionPolicy {
  lru,  // the one unused for longest
  lfu,  // the least used; a doubling of the uses counts as much as a day
  ttl,  // the oldest
};

// Stateless, thread-safe.
class EvictionOrder {
 public:
  virtual ~EvictionOrder() = default;
  // The place of a new blob. `first` finds the place that is evicted next.
  virtual std::uint64_t on_commit(std::uint64_t tick,
                                  const std::function<std::uint64_t()>& first) const = 0;
  // The place after a use at `tick`; record.uses counts that use already.
  virtual std::uint64_t on_use(const BlobRecord& record, std::uint64_t tick) const = 0;
};

std::unique_ptr<EvictionOrder> eviction_order(EvictionPolicy policy);

// Gives out ticks. Thread-safe.
class Ticks {
 public:
  explicit Ticks(const Clock& clock) : clock_(clock) {}
  // Later ticks are larger than `tick`.
  void start_after(std::uint64_t tick);
  std::uint64_t next();

 private:
  const Clock& clock_;
  std::atomic<std::uint64_t> last_{0};
};

}  // namespace fabrik::cache
