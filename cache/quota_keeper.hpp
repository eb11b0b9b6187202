// Keeps the entries of a quota within it: the first in the eviction order go
// first, and nobody outside the quota pays for it.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>

#include "cache/entry_index.hpp"
#include "cache/store.hpp"
#include "cache/usage.hpp"

namespace fabrik::cache {

// Thread-safe.
class QuotaKeeper {
 public:
  struct Parts {
    RocksDb& db;
    BlobIndex& blobs;
    EntryIndex& entries;
    Usage& usage;
    const QuotaIndex& quotas;
  };
  explicit QuotaKeeper(Parts parts);

  // Room in the quota of one entry, held until it is destroyed; what has been
  // stored by then counts as stored.
  class Reservation {
   public:
    explicit Reservation(QuotaKeeper& keeper) : keeper_(keeper) {}
    ~Reservation();
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

    // For an entry with a blob of that size; call once. too_large: can never fit.
    // no_space: does not fit now, even with everything evicted that may be.
    Result<void> take(const EntryKey& key, std::uint64_t size);

   private:
    QuotaKeeper& keeper_;
    std::optional<std::size_t> quota_;
    std::uint64_t bytes_ = 0;
  };

  std::vector<QuotaStats> stats() const;

 private:
  struct State {
    std::string account;
    std::mutex evicting;  // one at a time: each finds what the one before made free
    std::mutex mutex;
    std::uint64_t reserved = 0;
    std::atomic<std::uint64_t> evicted{0};
  };
  std::uint64_t used(const State& state) const;
  // Whether that many more fit below `limit`; with `take` they are reserved.
  bool fits(std::size_t quota, std::uint64_t bytes, std::uint64_t limit, bool take);
  Result<void> evict(std::size_t quota, const std::function<bool()>& enough);
  // Unless it has been used since it got that place, or is promised.
  Result<bool> evict_one(const QuotaIndex::Place& candidate);

  Parts p_;
  std::deque<State> states_;
};

}  // namespace fabrik::cache
