#include "daemon/degraded_cache.hpp"

#include <gtest/gtest.h>

#include "tests/support/run_task.hpp"

namespace fabrik::daemon {
namespace {

using fabrik::testing::run_task;

TEST(DegradedCache, MissesAndDropsAndCounts) {
  cache::CacheCounters counters;
  DegradedCache degraded(counters);
  const cache::EntryKey key{.space = cache::Space::nx, .ns = "", .key = "k"};
  EXPECT_EQ(run_task(degraded.stat(key)).value(), std::nullopt);
  EXPECT_EQ(run_task(degraded.open(key, cache::Verify::whole_first)).value(), nullptr);
  auto writer = run_task(degraded.create(key, {})).value();
  EXPECT_TRUE(run_task(writer->append(as_bytes("bytes"))));
  EXPECT_EQ(run_task(writer->commit({})).value(), cache::PutOutcome::dropped);
  EXPECT_FALSE(run_task(degraded.erase(key)).value());
  EXPECT_EQ(counters.of(cache::Space::nx).misses, 2U);
  EXPECT_EQ(counters.of(cache::Space::nx).dropped, 1U);
}

}  // namespace
}  // namespace fabrik::daemon
