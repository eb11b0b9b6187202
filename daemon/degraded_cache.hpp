// What is served while the store cannot be opened: misses, and writes that are
// accepted and thrown away. A build goes on as if there were no cache.
#pragma once

#include "cache/cache_api.hpp"
#include "cache/counters.hpp"

namespace fabrik::daemon {

// Thread-safe. `counters` must outlive it.
class DegradedCache final : public cache::CacheApi {
 public:
  explicit DegradedCache(cache::CacheCounters& counters) : counters_(counters) {}

  net::Task<Result<std::optional<cache::EntryInfo>>> stat(const cache::EntryKey& key) override;
  net::Task<Result<std::unique_ptr<cache::EntryReader>>> open(const cache::EntryKey& key,
                                                              cache::Verify verify) override;
  net::Task<Result<std::unique_ptr<cache::EntryWriter>>> create(const cache::EntryKey& key,
                                                                cache::PutSpec spec) override;
  net::Task<Result<bool>> erase(const cache::EntryKey& key) override;

 private:
  cache::CacheCounters& counters_;
};

}  // namespace fabrik::daemon
