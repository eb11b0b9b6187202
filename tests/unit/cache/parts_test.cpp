// The small parts of the store, each alone.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <semaphore>
#include <thread>

#include "base/log.hpp"
#include "cache/background.hpp"
#include "cache/checksum.hpp"
#include "cache/counters.hpp"
#include "cache/eviction_order.hpp"
#include "cache/room.hpp"
#include "cache/striped_locks.hpp"
#include "cache/totals.hpp"
#include "cache/victim_cursor.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fake_clock.hpp"

namespace fabrik::cache {
namespace {

using namespace std::chrono_literals;
using testing::random_bytes;

TEST(Checksums, MatchThePublishedVector) {
  EXPECT_EQ(checksum({}), 0x2d06800538d394c2U);  // XXH3-64 of nothing, seed 0
}

TEST(Checksums, AreTheSameHoweverTheBytesArrive) {
  const std::string content = random_bytes(2 * kChunkSize + 1000, 1);
  ChunkChecksums whole;
  whole.update(as_bytes(content));
  ChunkChecksums pieces;
  for (std::size_t at = 0; at < content.size(); at += 7777) {
    pieces.update(as_bytes(std::string_view(content).substr(at, 7777)));
  }
  const auto sums = whole.finish();
  EXPECT_EQ(pieces.finish(), sums);
  ASSERT_EQ(sums.size(), 3U);
  EXPECT_EQ(sums[1], checksum(as_bytes(std::string_view(content).substr(kChunkSize, kChunkSize))));
  EXPECT_EQ(sums[2], checksum(as_bytes(std::string_view(content).substr(2 * kChunkSize))));
}

TEST(StripedLocks, ExcludeOthersFromTheSameKey) {
  StripedLocks locks;
  int counter = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 2000; ++j) {
        const std::string other = "c" + std::to_string(j % 7);
        const auto held = locks.lock({"a", "b", other});
        ++counter;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(counter, 8000);
}

TEST(Ticks, NeverRepeatAndNeverGoBack) {
  testing::FakeClock clock;
  Ticks ticks(clock);
  const auto first = ticks.next();
  EXPECT_GT(ticks.next(), first);
  clock.jump(-240h);
  const auto later = ticks.next();
  EXPECT_GT(later, first + 1);
  clock.jump(480h);
  EXPECT_GT(ticks.next(), later + 1'000'000);
  Ticks again(clock);
  again.start_after(UINT64_MAX - 10);
  EXPECT_GT(again.next(), UINT64_MAX - 10);
}

TEST(LeastFrequentlyUsed, NeverMakesTheNewestTheFirstVictim) {
  const auto order = eviction_order(EvictionPolicy::lfu);
  const std::uint64_t popular = order->on_use({.uses = 1000}, 1'000'000);
  const auto first = [&] { return popular; };
  EXPECT_GT(order->on_commit(2'000'000, first), popular);
}

TEST(LeastFrequentlyUsed, PrefersThePopularAndForgetsThemWithTime) {
  const auto order = eviction_order(EvictionPolicy::lfu);
  constexpr std::uint64_t kDay = 86'400'000'000;
  const std::uint64_t now = 100 * kDay;
  EXPECT_GT(order->on_use({.uses = 16}, now), order->on_use({.uses = 2}, now + 1000));
  EXPECT_GT(order->on_use({.uses = 2}, now + 10 * kDay), order->on_use({.uses = 16}, now));
}

TEST(OldestFirst, IgnoresUses) {
  const auto order = eviction_order(EvictionPolicy::ttl);
  EXPECT_EQ(order->on_use({.order = 5, .uses = 9}, 77), 5U);
}

TEST(VictimCursor, DoesNotPassWhatIsInsertedDuringAScan) {
  VictimCursor cursor;
  cursor.end_scan(100);
  EXPECT_EQ(cursor.begin_scan(), 100U);
  {
    const VictimCursor::Insertion insertion(cursor, 150);
  }
  cursor.end_scan(200);
  EXPECT_EQ(cursor.first(), 150U);
}

TEST(VictimCursor, DoesNotPassWhatWasBeingInsertedBeforeTheScan) {
  VictimCursor cursor;
  cursor.end_scan(100);
  const VictimCursor::Insertion slow(cursor, 120);
  EXPECT_EQ(cursor.begin_scan(), 100U);
  cursor.end_scan(200);
  EXPECT_EQ(cursor.first(), 120U);
}

TEST(VictimCursor, GoesBackForAnInsertionBeforeIt) {
  VictimCursor cursor;
  cursor.begin_scan();
  cursor.end_scan(100);
  {
    const VictimCursor::Insertion insertion(cursor, 50);
  }
  EXPECT_EQ(cursor.begin_scan(), 50U);
}

TEST(Room, KeepsTwoPercentOfTheDiskFreeAndAQuarterOfAGigabyteAtLeast) {
  constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
  EXPECT_EQ(default_reserve(0), kGiB / 4);
  EXPECT_EQ(default_reserve(kGiB), kGiB / 4);
  EXPECT_EQ(default_reserve(100 * kGiB), 2 * kGiB);
}

TEST(Totals, AddUpInAnyOrder) {
  Totals a{.bytes = 5, .blobs = 1, .entries = 2, .tick = 9};
  const Totals b{.bytes = -3, .blobs = -1, .entries = 0, .tick = 4};
  a += b;
  EXPECT_EQ(a, (Totals{.bytes = 2, .blobs = 0, .entries = 2, .tick = 9}));
  EXPECT_EQ(decode_totals(encode(a)), a);
  EXPECT_FALSE(decode_totals("short"));
}

TEST(Background, WorksWhenWokenAndWhenTimeIsUp) {
  std::counting_semaphore<100> ran(0);
  std::atomic<int> runs{0};
  Background background;
  background.start([&](const std::stop_token&) -> std::optional<std::chrono::milliseconds> {
    ran.release();
    return ++runs == 2 ? std::optional(1ms) : std::nullopt;  // once by itself, then asleep
  });
  ASSERT_TRUE(ran.try_acquire_for(30s));  // at start
  background.wake();
  ASSERT_TRUE(ran.try_acquire_for(30s));
  ASSERT_TRUE(ran.try_acquire_for(30s));  // the pause is over
  background.wake();
  ASSERT_TRUE(ran.try_acquire_for(30s));
  background.stop();
  EXPECT_EQ(runs, 4);
}

TEST(Background, RemembersAWakeBeforeItSleeps) {
  std::counting_semaphore<100> ran(0);
  Background background;
  background.wake();
  background.start([&](const std::stop_token&) -> std::optional<std::chrono::milliseconds> {
    ran.release();
    return std::nullopt;
  });
  EXPECT_TRUE(ran.try_acquire_for(30s));
  EXPECT_TRUE(ran.try_acquire_for(30s));
}

TEST(Counters, CountPerSpace) {
  CacheCounters counters;
  counters.hit(Space::nx);
  counters.miss(Space::gradle);
  counters.stored(Space::gradle, 100);
  counters.dropped(Space::gradle);
  counters.read(Space::nx, 7);
  EXPECT_EQ(counters.of(Space::nx), (SpaceCounters{.hits = 1, .bytes_read = 7}));
  EXPECT_EQ(counters.of(Space::gradle),
            (SpaceCounters{.misses = 1, .puts = 1, .dropped = 1, .bytes_written = 100}));
  EXPECT_EQ(counters.of(Space::turborepo), SpaceCounters{});
}

}  // namespace
}  // namespace fabrik::cache
