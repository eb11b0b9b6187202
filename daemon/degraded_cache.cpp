#include "daemon/degraded_cache.hpp"

namespace fabrik::daemon {
namespace {

class DroppingWriter final : public cache::EntryWriter {
 public:
  DroppingWriter(cache::CacheCounters& counters, cache::Space space)
      : counters_(counters), space_(space) {}
  net::Task<Result<void>> append(Bytes) override { co_return Result<void>{}; }
  net::Task<Result<cache::PutOutcome>> commit(cache::EntryMeta) override {
    counters_.dropped(space_);
    co_return cache::PutOutcome::dropped;
  }

 private:
  cache::CacheCounters& counters_;
  cache::Space space_;
};

}  // namespace

net::Task<Result<std::optional<cache::EntryInfo>>> DegradedCache::stat(const cache::EntryKey& key) {
  counters_.miss(key.space);
  co_return std::optional<cache::EntryInfo>{};
}

net::Task<Result<std::unique_ptr<cache::EntryReader>>> DegradedCache::open(
    const cache::EntryKey& key, cache::Verify) {
  counters_.miss(key.space);
  co_return std::unique_ptr<cache::EntryReader>{};
}

net::Task<Result<std::unique_ptr<cache::EntryWriter>>> DegradedCache::create(
    const cache::EntryKey& key, cache::PutSpec) {
  co_return std::make_unique<DroppingWriter>(counters_, key.space);
}

net::Task<Result<bool>> DegradedCache::erase(const cache::EntryKey&) {
  co_return false;
}

}  // namespace fabrik::daemon
