// The budget, the order and the leases of a store on disk.
#include <random>

#include "cache/footprint.hpp"
#include "tests/support/store_fixture.hpp"

namespace fabrik::cache {
namespace {

using namespace std::chrono_literals;
using testing::Content;
using testing::eventually;
using testing::get_blob;
using testing::get_entry;
using testing::key;
using testing::put_blob;
using testing::put_entry;
using testing::random_bytes;

constexpr std::uint64_t kMiB = 1 << 20;
// A budget for so many blobs of a MiB, each with one entry.
constexpr std::uint64_t room_for(std::uint64_t blobs) {
  return blobs * (blob_footprint(kMiB) + kEntryOverhead);
}

class StoreEviction : public testing::StoreFixture {
 protected:
  static Content content(int i) { return random_bytes(kMiB, 1000 + i); }
  void put(int i) {
    ASSERT_TRUE(put_entry(store(), std::to_string(i), content(i)));
    clock_.advance(1s);
  }
  bool has(int i) {
    const auto info = store().find(key(std::to_string(i)));
    return info && *info;
  }
};

// FABRIK_TEST_STORM_SECONDS (0: so many writes that the budget turns over five times),
// FABRIK_TEST_STORM_MIB.
TEST_F(StoreEviction, TheBudgetHoldsUnderAWriteStorm) {
  options_.max_bytes = room_for(8) + testing::scale("FABRIK_TEST_STORM_MIB", 0) * kMiB;
  const auto seconds = std::chrono::seconds(testing::scale("FABRIK_TEST_STORM_SECONDS", 0));
  const auto end = std::chrono::steady_clock::now() + seconds;
  open();
  std::atomic<std::uint64_t> written{0};
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> most{0};
  std::jthread watch([&] {
    while (!done) {
      most = std::max(most.load(), store().stats().bytes);
    }
  });
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < 4; ++writer) {
      writers.emplace_back([&, writer] {
        std::mt19937_64 random(writer);
        for (int i = 0; written < 5 * options_.max_bytes || std::chrono::steady_clock::now() < end;
             ++i) {
          const std::size_t size = random() % 3 == 0 ? random() % kMiB : random() % 70'000;
          const std::string name = std::to_string(writer) + "-" + std::to_string(i);
          const Content bytes = random_bytes(size, random());
          const auto put = put_entry(store(), name, bytes);
          // not_found: evicted again before its entry was written.
          EXPECT_TRUE(put || put.error().code == Errc::not_found) << put.error().message;
          written += size;
          const auto got = get_entry(store(), name);
          EXPECT_TRUE(!got || *got == bytes);
        }
      });
    }
  }
  done = true;
  watch.join();
  std::fprintf(stderr, "turned over %.1f times; at most %.2f %% of the budget\n",
               static_cast<double>(written) / static_cast<double>(options_.max_bytes),
               100.0 * static_cast<double>(most) / static_cast<double>(options_.max_bytes));
  EXPECT_LE(most, options_.max_bytes);
  EXPECT_GT(store().stats().evicted_blobs, 0U);
  EXPECT_GT(store().stats().bytes, options_.max_bytes / 2) << "evicts far too much";
  std::uint64_t on_disk = 0;
  for (const auto& file : testing::files_below(options_.dir / "blobs")) {
    on_disk += std::filesystem::file_size(file);
  }
  EXPECT_LE(on_disk, store().stats().bytes);
}

TEST_F(StoreEviction, TheOrderOfUseSurvivesARestart) {
  options_.max_bytes = room_for(8);
  open();
  for (int i = 0; i < 8; ++i) {
    put(i);
  }
  ASSERT_TRUE(get_entry(store(), "0"));
  ASSERT_TRUE(get_entry(store(), "2"));
  open();
  put(8);
  put(9);
  EXPECT_TRUE(has(0));
  EXPECT_FALSE(has(1));
  EXPECT_TRUE(has(2));
  EXPECT_FALSE(has(3));
  EXPECT_TRUE(has(4));
}

TEST_F(StoreEviction, EverythingElseSurvivesARestart) {
  open();
  std::vector<Content> contents;
  for (int i = 0; i < 50; ++i) {
    contents.push_back(random_bytes(static_cast<std::size_t>(i) * 4000, i));
    ASSERT_TRUE(put_entry(store(), std::to_string(i), contents.back()));
  }
  const auto before = store().stats();
  open();
  EXPECT_EQ(store().stats().bytes, before.bytes);
  EXPECT_EQ(store().stats().blobs, before.blobs);
  EXPECT_EQ(store().stats().entries, before.entries);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(get_entry(store(), std::to_string(i)), contents[i]);
  }
}

TEST_F(StoreEviction, AJumpingClockEvictsNothing) {
  for (const auto policy : {EvictionPolicy::lru, EvictionPolicy::lfu}) {
    options_.dir = dir_ / ("cache" + std::to_string(static_cast<int>(policy)));
    options_.policy = policy;
    options_.max_bytes = room_for(8);
    open();
    for (int i = 0; i < 6; ++i) {
      put(i);
      clock_.jump(i % 2 == 0 ? 87'600h : -87'600h);
    }
    open();
    put(6);
    for (int i = 0; i < 7; ++i) {
      EXPECT_TRUE(has(i)) << i;
    }
    put(7);
    put(8);
    EXPECT_FALSE(has(0));
    EXPECT_TRUE(has(8));
    close();
  }
}

TEST_F(StoreEviction, TheFrequentlyUsedStayLonger) {
  options_.policy = EvictionPolicy::lfu;
  options_.max_bytes = room_for(8);
  open();
  for (int i = 0; i < 8; ++i) {
    put(i);
    for (int use = 0; i == 0 && use < 20; ++use) {
      ASSERT_TRUE(get_entry(store(), "0"));
    }
  }
  for (int i = 8; i < 40; ++i) {
    put(i);
    EXPECT_TRUE(has(i)) << "a new blob must not be the first victim";
    EXPECT_TRUE(has(0)) << i;
  }
  EXPECT_FALSE(has(1));
}

TEST_F(StoreEviction, ANewBlobAmongPopularOnesIsNotTheFirstVictim) {
  options_.policy = EvictionPolicy::lfu;
  options_.max_bytes = room_for(8);
  open();
  for (int i = 0; i < 7; ++i) {
    put(i);
    for (int use = 0; use < 10 + i; ++use) {
      ASSERT_TRUE(get_entry(store(), std::to_string(i)));
    }
  }
  ASSERT_TRUE(store().flush());
  ASSERT_TRUE(put_entry(store(), "new", random_bytes(kMiB / 2, 1)));
  ASSERT_TRUE(put_entry(store(), "next", random_bytes(kMiB, 2)));
  EXPECT_FALSE(has(0));
  EXPECT_TRUE(get_entry(store(), "new"));
}

TEST_F(StoreEviction, TheExpiredAreNotServed) {
  options_.default_ttl = 1h;
  open();
  ASSERT_TRUE(put_entry(store(), "small", "small"));
  ASSERT_TRUE(put_entry(store(), "large", random_bytes(100'000, 1)));
  const Digest digest = sha256(as_bytes("small"));
  clock_.advance(59min);
  EXPECT_EQ(get_entry(store(), "small"), "small");
  clock_.advance(2min);
  EXPECT_EQ(get_entry(store(), "small"), std::nullopt);
  EXPECT_EQ(get_entry(store(), "large"), std::nullopt);
  EXPECT_EQ(get_blob(store(), digest), std::nullopt);
  EXPECT_EQ(store().missing(std::vector{digest})->size(), 1U);
  EXPECT_EQ(*put_entry(store(), "small", "small", IfExists::keep), PutOutcome::stored);
  EXPECT_EQ(get_entry(store(), "small"), "small");
}

TEST_F(StoreEviction, TtlPolicyRemovesTheExpiredByItself) {
  options_.policy = EvictionPolicy::ttl;
  options_.default_ttl = 10s;
  open();
  put(0);
  put(1);
  clock_.advance(10min);
  put(2);
  EXPECT_TRUE(eventually([&] { return store().stats().blobs == 1; }));
  EXPECT_EQ(store().stats().entries, 1U);
  EXPECT_TRUE(has(2));
}

TEST_F(StoreEviction, LeasesSurviveARestartAndEnd) {
  options_.max_bytes = room_for(4);
  options_.min_lease = 1h;
  open();
  put(0);
  const BlobRef first{.digest = sha256(as_bytes(content(0))), .size = content(0).size()};
  ASSERT_TRUE(store().lease({&first, 1})->empty());
  for (int i = 1; i < 4; ++i) {
    put(i);
  }
  open();
  for (int i = 4; i < 8; ++i) {
    put(i);
    EXPECT_TRUE(has(0));
  }
  clock_.advance(3h);
  for (int i = 8; i < 12; ++i) {
    put(i);
  }
  EXPECT_FALSE(has(0));
}

TEST_F(StoreEviction, UsesAreWrittenDownInTheBackground) {
  options_.max_bytes = room_for(3);
  options_.touch_interval = 1ms;
  open();
  put(0);
  put(1);
  const auto log_size = [&] {
    std::uint64_t size = 0;
    for (const auto& file : testing::files_below(options_.dir / "db")) {
      size += file.extension() == ".log" ? std::filesystem::file_size(file) : 0;
    }
    return size;
  };
  const auto before = log_size();
  ASSERT_TRUE(get_entry(store(), "0"));
  EXPECT_TRUE(eventually([&] { return log_size() > before; }));
}

TEST_F(StoreEviction, AFullDiskReserveRefusesWritesAndKeepsWhatIsThere) {
  open();
  put(0);
  options_.min_free_bytes = UINT64_MAX / 2;
  open();
  const auto refused = put_blob(store(), content(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::no_space);
  EXPECT_FALSE(put_blob(store(), "small"));
  EXPECT_TRUE(get_entry(store(), "0"));
}

}  // namespace
}  // namespace fabrik::cache
