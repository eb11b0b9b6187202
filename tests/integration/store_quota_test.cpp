// Parts of the cache with a limit of their own.
#include <thread>

#include "cache/footprint.hpp"
#include "tests/support/store_fixture.hpp"

namespace fabrik::cache {
namespace {

using namespace std::chrono_literals;
using testing::Content;
using testing::eventually;
using testing::get_blob;
using testing::put_blob;
using testing::random_bytes;

constexpr std::uint64_t kSize = 100'000;

// A quota for so many artefacts of kSize.
constexpr std::uint64_t room_for(std::uint64_t entries) {
  return entries * (kSize + kEntryOverhead);
}

class StoreQuota : public testing::StoreFixture {
 protected:
  void add_quota(std::string_view pattern, std::uint64_t bytes) {
    options_.quotas.push_back({.of = *KeyPattern::parse(pattern), .max_bytes = bytes});
  }
  static EntryKey in_bucket(const std::string& bucket, int i) {
    return {.space = Space::s3, .ns = bucket, .key = std::to_string(i)};
  }
  static Content content(int i) { return random_bytes(kSize, 5000 + i); }

  Result<PutOutcome> put(const EntryKey& key, std::string_view bytes) {
    FABRIK_TRY(const auto blob, put_blob(store(), bytes));
    auto outcome = store().put(key, blob, {}, IfExists::replace);
    clock_.advance(1s);
    return outcome;
  }
  bool has(const EntryKey& key) {
    const auto info = store().find(key);
    return info && *info && get_blob(store(), (*info)->blob.digest);
  }
  // As a client would: it counts as a use.
  void use(const EntryKey& key) { ASSERT_TRUE(has(key)); }
  QuotaStats quota(std::size_t index = 0) { return store().stats().quotas.at(index); }
};

TEST_F(StoreQuota, WhoIsOverItsOwnLosesItsOwnFirst) {
  add_quota("s3/ci", room_for(4));
  open();
  const EntryKey other{.space = Space::gradle, .ns = "", .key = "oldest of all"};
  ASSERT_TRUE(put(other, content(100)));
  ASSERT_TRUE(put(in_bucket("dev", 0), content(101)));
  for (int i = 0; i < 12; ++i) {
    ASSERT_EQ(*put(in_bucket("ci", i), content(i)), PutOutcome::stored);
    EXPECT_LE(quota().bytes, quota().max_bytes);
    EXPECT_TRUE(has(in_bucket("ci", i)));
  }
  EXPECT_TRUE(has(other));
  EXPECT_TRUE(has(in_bucket("dev", 0)));
  EXPECT_FALSE(has(in_bucket("ci", 0)));
  EXPECT_EQ(quota().name, "s3/ci");
  EXPECT_GT(quota().evicted_entries, 6U);
  EXPECT_EQ(store().stats().blobs, quota().entries + 2) << "their blobs must go with them";
}

TEST_F(StoreQuota, TheUnusedGoFirst) {
  add_quota("s3", room_for(5));
  open();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(put(in_bucket("b", i), content(i)));
  }
  use(in_bucket("b", 0));
  use(in_bucket("b", 1));
  ASSERT_TRUE(put(in_bucket("b", 5), content(5)));
  EXPECT_TRUE(has(in_bucket("b", 0)));
  EXPECT_TRUE(has(in_bucket("b", 1)));
  EXPECT_FALSE(has(in_bucket("b", 2)));
}

TEST_F(StoreQuota, OrderAndSumsSurviveARestart) {
  add_quota("s3", room_for(4));
  open();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(put(in_bucket("b", i), content(i)));
  }
  use(in_bucket("b", 0));
  const auto before = quota();
  open();
  EXPECT_EQ(quota().bytes, before.bytes);
  EXPECT_EQ(quota().entries, 4U);
  ASSERT_TRUE(put(in_bucket("b", 4), content(4)));
  EXPECT_TRUE(has(in_bucket("b", 0)));
  EXPECT_FALSE(has(in_bucket("b", 1)));
}

TEST_F(StoreQuota, ANewQuotaCoversWhatIsThereAlready) {
  open();
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(put(in_bucket("b", i), content(i)));
  }
  add_quota("s3", room_for(4));
  open();
  EXPECT_TRUE(eventually([&] { return quota().entries == 6; }));
  ASSERT_TRUE(put(in_bucket("b", 6), content(6)));
  EXPECT_LE(quota().bytes, quota().max_bytes);
  EXPECT_FALSE(has(in_bucket("b", 0)));
  EXPECT_TRUE(has(in_bucket("b", 6)));
  options_.quotas.clear();
  open();
  EXPECT_TRUE(store().stats().quotas.empty());
}

TEST_F(StoreQuota, WhatCanNeverFitIsRefusedAndLeavesNothing) {
  add_quota("s3", room_for(2));
  open();
  ASSERT_TRUE(put(in_bucket("b", 0), content(0)));
  const auto refused = put(in_bucket("b", 1), random_bytes(3 * kSize, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::too_large);
  EXPECT_TRUE(has(in_bucket("b", 0)));
  EXPECT_EQ(store().stats().blobs, 1U);
}

TEST_F(StoreQuota, ReplacedAndErasedEntriesCountNoLonger) {
  add_quota("s3", room_for(10));
  open();
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(put(in_bucket("b", 0), content(i)));
    ASSERT_TRUE(put(in_bucket("b", 1), content(8 + i)));
  }
  EXPECT_EQ(quota().bytes, room_for(2));
  ASSERT_TRUE(*store().erase(in_bucket("b", 0)));
  EXPECT_EQ(quota().bytes, room_for(1));
  ASSERT_TRUE(*store().erase(sha256(as_bytes(content(15)))));
  EXPECT_EQ(quota().bytes, 0U);
  ASSERT_TRUE(put(in_bucket("b", 2), content(2)));
  ASSERT_TRUE(store().clear());
  EXPECT_EQ(quota().bytes, 0U);
  EXPECT_EQ(quota().entries, 0U);
}

TEST_F(StoreQuota, SharedContentStaysForTheOthers) {
  add_quota("s3/ci", room_for(2));
  open();
  ASSERT_TRUE(put(in_bucket("dev", 0), content(0)));
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(put(in_bucket("ci", i), content(i)));
  }
  EXPECT_FALSE(has(in_bucket("ci", 0)));
  EXPECT_TRUE(has(in_bucket("dev", 0)));
}

TEST_F(StoreQuota, WhatIsPromisedStays) {
  add_quota("s3", room_for(2));
  open();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(put(in_bucket("b", i), content(i)));
    const BlobRef blob{.digest = sha256(as_bytes(content(i))), .size = kSize};
    ASSERT_TRUE(store().lease({&blob, 1})->empty());
  }
  const auto refused = put(in_bucket("b", 2), content(2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::no_space);
  EXPECT_TRUE(has(in_bucket("b", 0)));
  EXPECT_TRUE(has(in_bucket("b", 1)));
  clock_.advance(24h);
  EXPECT_TRUE(put(in_bucket("b", 2), content(2)));
}

TEST_F(StoreQuota, ParallelUploadsDoNotOvershootTogether) {
  add_quota("s3", room_for(6));
  open();
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> most{0};
  std::jthread watch([&] {
    while (!done) {
      most = std::max(most.load(), quota().bytes);
    }
  });
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < 60; ++i) {
        const auto outcome =
            put(in_bucket("b" + std::to_string(writer), i), random_bytes(kSize, writer * 1000 + i));
        // not_found: its blob was evicted again before the entry was written.
        EXPECT_TRUE(outcome || outcome.error().code == Errc::not_found) << outcome.error().message;
      }
    });
  }
  writers.clear();
  done = true;
  watch.join();
  EXPECT_LE(most, options_.quotas[0].max_bytes);
  EXPECT_GT(quota().bytes, options_.quotas[0].max_bytes / 2) << "evicts far too much";
}

TEST_F(StoreQuota, AreRightAgainAfterACrash) {
  add_quota("s3", room_for(8));
  kill_after([&] {
    for (int i = 0; i < 6; ++i) {
      ASSERT_TRUE(put(in_bucket("b", i), content(i)));
    }
  });
  open();
  EXPECT_EQ(quota().entries, 6U);
  for (int i = 6; i < 12; ++i) {
    ASSERT_TRUE(put(in_bucket("b", i), content(i)));
    EXPECT_LE(quota().bytes, quota().max_bytes);
  }
  EXPECT_FALSE(has(in_bucket("b", 0)));
  EXPECT_TRUE(has(in_bucket("b", 11)));
}

TEST_F(StoreQuota, TheFirstThatFitsCounts) {
  add_quota("s3/small", room_for(1));
  add_quota("*", room_for(5));
  open();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(put(in_bucket("small", i), content(i)));
    ASSERT_TRUE(put(in_bucket("other", i), content(10 + i)));
  }
  EXPECT_EQ(quota(0).entries, 1U);
  EXPECT_EQ(quota(1).entries, 3U);
}

}  // namespace
}  // namespace fabrik::cache
