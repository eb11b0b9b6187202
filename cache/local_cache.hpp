// CacheApi over a local store alone: no upstreams. Decides what may run on an
// io thread (lookups, small blobs, reads of one piece) and what goes to the pool
// (writes beyond memory, commits, long checks).
#pragma once

#include "cache/audit_log.hpp"
#include "cache/cache_api.hpp"
#include "cache/counters.hpp"
#include "cache/key_pattern.hpp"
#include "cache/store.hpp"
#include "net/blocking_pool.hpp"

namespace fabrik::cache {

// Thread-safe. Everything passed in must outlive it, and the readers and
// writers it gave out.
class LocalCache final : public CacheApi {
 public:
  // `audit` is told of every accepted write; nullptr: nobody keeps one. `packed`:
  // what is compressed where it pays.
  LocalCache(Store& store, net::BlockingPool& pool, CacheCounters& counters,
             AuditLog* audit = nullptr, std::vector<KeyPattern> packed = {})
      : store_(store),
        pool_(pool),
        counters_(counters),
        audit_(audit),
        packed_(std::move(packed)) {}

  net::Task<Result<std::optional<EntryInfo>>> stat(const EntryKey& key) override;
  net::Task<Result<std::unique_ptr<EntryReader>>> open(const EntryKey& key, Verify verify) override;
  net::Task<Result<std::unique_ptr<EntryWriter>>> create(const EntryKey& key,
                                                         PutSpec spec) override;
  net::Task<Result<bool>> erase(const EntryKey& key) override;

 private:
  Store& store_;
  net::BlockingPool& pool_;
  CacheCounters& counters_;
  AuditLog* audit_;
  const std::vector<KeyPattern> packed_;
};

}  // namespace fabrik::cache
