// The stores that tests put in front of others do what they say.
#include "tests/support/store_doubles.hpp"

#include <gtest/gtest.h>

#include "cache/local_cache.hpp"
#include "cache/memory_store.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/run_task.hpp"

namespace fabrik::testing {
namespace {

using cache::PutOutcome;

net::Task<Result<PutOutcome>> write(cache::CacheApi& cache, cache::EntryKey name,
                                    std::string_view content) {
  FABRIK_CO_TRY(const auto writer, co_await cache.create(name, {.size_hint = content.size()}));
  FABRIK_CO_CHECK(co_await writer->append(as_bytes(content)));
  co_return co_await writer->commit({.writer = "test", .headers = {}});
}

net::Task<Result<std::string>> read(cache::CacheApi& cache, cache::EntryKey name) {
  FABRIK_CO_TRY(const auto reader, co_await cache.open(name, cache::Verify::while_reading));
  std::string content;
  while (reader) {
    FABRIK_CO_TRY(const Bytes piece, co_await reader->next());
    if (piece.empty()) {
      co_return content;
    }
    content += as_text(piece);
  }
  co_return fail(Errc::not_found, "miss");
}

TEST(CountingStore, CountsWhatItIsAsked) {
  FakeClock clock;
  cache::MemoryStore inner(1'000'000, clock);
  CountingStore store(inner);
  ASSERT_TRUE(put_entry(store, "k", "content"));  // create, keep, commit, put
  EXPECT_EQ(store.operations(), 4U);
  EXPECT_EQ(get_entry(store, "k"), "content");  // find, open, next twice
  EXPECT_EQ(store.operations(), 8U);
}

TEST(FaultyStore, WhicheverOperationFailsNobodyGetsWrongBytes) {
  const Content before = random_bytes(300'000, 1);
  const Content after = random_bytes(300'000, 2);
  net::BlockingPool pool(2);
  std::int64_t nth = 0;
  for (bool failed = true; failed; ++nth) {
    FakeClock clock;
    cache::MemoryStore inner(10'000'000, clock);
    FaultyStore store(inner);
    cache::CacheCounters counters;
    cache::LocalCache cache(store, pool, counters);
    store.fail_at(nth);
    const auto expect_whole = [&](std::string_view now) {
      const auto content = run_task(read(cache, key("k")));
      EXPECT_TRUE(!content || *content == before || *content == after) << "operation " << nth;
      return content && *content == now;
    };
    const auto stored = run_task(write(cache, key("k"), before));
    const bool first = stored && *stored == PutOutcome::stored;
    const bool hit = expect_whole(before);
    const auto replaced = run_task(write(cache, key("k"), after));
    expect_whole(after);
    failed = store.has_failed();
    EXPECT_TRUE(failed || (first && hit && replaced));
    store.fail_at(std::numeric_limits<std::int64_t>::max());
    if (replaced && *replaced == PutOutcome::stored) {
      EXPECT_TRUE(expect_whole(after)) << "acknowledged, operation " << nth;
    }
    EXPECT_TRUE(run_task(write(cache, key("k"), after)));
    EXPECT_TRUE(expect_whole(after));
  }
  EXPECT_GT(nth, 12);
}

}  // namespace
}  // namespace fabrik::testing
