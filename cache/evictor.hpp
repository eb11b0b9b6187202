// Takes blobs away, the first in the eviction order first.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "cache/blob_index.hpp"
#include "cache/usage.hpp"

namespace fabrik::cache {

// Thread-safe: concurrent callers wait for each other, and each finds what the
// one before made free.
class Evictor {
 public:
  Evictor(BlobIndex& blobs, Usage& usage, const Clock& clock, Log& log)
      : blobs_(blobs), usage_(usage), clock_(clock), log_(log) {}

  // Evicts until `enough` answers true or nothing may be evicted any more.
  // Leased blobs stay.
  void evict(const std::function<bool()>& enough);
  // Evicts what has expired; only where the order is that of age.
  void evict_expired(const std::function<bool()>& stop);

  std::uint64_t evicted_blobs() const { return evicted_blobs_.load(); }
  std::uint64_t evicted_bytes() const { return evicted_bytes_.load(); }
  // Of them those that were leased when they went: a broken promise.
  std::uint64_t evicted_while_referenced() const { return evicted_while_referenced_.load(); }

 private:
  enum class Verdict { gone, moved, kept };
  Result<std::vector<OrderKey>> page(std::uint64_t from, const OrderKey* after) const;
  // Whether `may_go` agrees is asked with the blob's record in hand.
  void walk(const std::function<bool()>& enough,
            const std::function<bool(const BlobRecord&)>& may_go);
  Result<Verdict> consider(const OrderKey& candidate,
                           const std::function<bool(const BlobRecord&)>& may_go);

  BlobIndex& blobs_;
  Usage& usage_;
  const Clock& clock_;
  Log& log_;
  std::mutex mutex_;
  std::atomic<std::uint64_t> evicted_blobs_{0};
  std::atomic<std::uint64_t> evicted_bytes_{0};
  std::atomic<std::uint64_t> evicted_while_referenced_{0};
};

}  // namespace fabrik::cache
