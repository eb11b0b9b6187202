#include "cache/rocks_db.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/digest.hpp"
#include "cache/schema.hpp"
#include "tests/support/store_fixture.hpp"

namespace fabrik::cache {
namespace {

class RocksDbTest : public ::testing::Test {
 protected:
  RocksDbTest() { db_.emplace(RocksDb::Options{.dir = dir_ / "db", .on_trouble = {}}, *log_); }

  void put(Family family, const std::vector<std::string>& keys, const Totals& delta = {}) {
    const auto session = db_->enter();
    auto batch = session.batch();
    for (const auto& key : keys) {
      batch.put(family, key, "value of " + key);
    }
    batch.add(delta);
    ASSERT_TRUE(session.write(std::move(batch)));
  }
  std::vector<std::string> keys_in(Family family, bool& damaged) {
    std::vector<std::string> keys;
    const auto scanned = db_->enter().scan(family, "", [&](std::string_view key, auto) {
      keys.emplace_back(key);
      return true;
    });
    EXPECT_TRUE(scanned);
    damaged = scanned && *scanned;
    return keys;
  }

  testing::TempDir dir_;
  std::unique_ptr<Log> log_ = null_log();
  std::optional<RocksDb> db_;
};

TEST_F(RocksDbTest, TotalsAddUpAcrossRestarts) {
  ASSERT_TRUE(db_->open());
  put(Family::blobs, {"a"}, {.bytes = 10, .blobs = 1, .entries = 0, .tick = 5});
  put(Family::blobs, {"b"}, {.bytes = 20, .blobs = 1, .entries = 3, .tick = 7});
  put(Family::blobs, {"c"}, {.bytes = -5, .blobs = 0, .entries = -1, .tick = 6});
  const Totals expected{.bytes = 25, .blobs = 2, .entries = 2, .tick = 7};
  EXPECT_EQ(db_->totals(), expected);
  db_->close();
  ASSERT_TRUE(db_->open());
  EXPECT_EQ(db_->totals(), expected);
  ASSERT_TRUE(db_->flush());
  db_->close();
  ASSERT_TRUE(db_->open());
  EXPECT_EQ(db_->totals(), expected);
}

TEST_F(RocksDbTest, AClosedDatabaseIsUnavailable) {
  const auto session = db_->enter();
  EXPECT_EQ(session.get(Family::blobs, "a").error().code, Errc::unavailable);
  auto batch = session.batch();
  batch.put(Family::blobs, "a", "b");
  EXPECT_EQ(session.write(std::move(batch)).error().code, Errc::unavailable);
  EXPECT_EQ(session.scan(Family::blobs, "", {}).error().code, Errc::unavailable);
}

TEST_F(RocksDbTest, AScanStepsOverADamagedBlock) {
  std::vector<std::string> keys;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t place = 1'700'000'000'000'000 + static_cast<std::uint64_t>(i) * 1000;
    keys.push_back(encode(OrderKey{place, sha256(as_bytes(std::to_string(i)))}));
  }
  ASSERT_TRUE(db_->open());
  put(Family::order, keys);
  ASSERT_TRUE(db_->flush());
  db_->close();
  const auto files = testing::files_below(dir_ / "db");
  const auto largest = std::max_element(files.begin(), files.end(), [](auto& a, auto& b) {
    const auto size = [](const auto& path) {
      return path.extension() == ".sst" ? std::filesystem::file_size(path) : 0;
    };
    return size(a) < size(b);
  });
  testing::flip_byte(*largest, std::filesystem::file_size(*largest) / 2);
  ASSERT_TRUE(db_->open());
  bool damaged = false;
  const auto seen = keys_in(Family::order, damaged);
  EXPECT_TRUE(damaged);
  EXPECT_LT(seen.size(), keys.size());
  EXPECT_GT(seen.size(), keys.size() * 9 / 10);
  EXPECT_EQ(seen.front(), keys.front());
  EXPECT_EQ(seen.back(), keys.back());
  EXPECT_TRUE(std::includes(keys.begin(), keys.end(), seen.begin(), seen.end()));
}

TEST_F(RocksDbTest, AFrozenSessionSeesNothingNew) {
  ASSERT_TRUE(db_->open());
  put(Family::blobs, {"a"}, {.bytes = 1, .blobs = 1});
  auto session = db_->enter();
  session.freeze();
  std::jthread([&] { put(Family::blobs, {"b"}, {.bytes = 1, .blobs = 1}); }).join();
  EXPECT_EQ(session.frozen_totals()->blobs, 1);
  EXPECT_FALSE(*session.get(Family::blobs, "b"));
  EXPECT_TRUE(*session.get(Family::blobs, "a"));
}

TEST_F(RocksDbTest, RecreatedFamiliesAreEmptyAndUsable) {
  ASSERT_TRUE(db_->open());
  put(Family::order, {"a"});
  put(Family::blobs, {"b"});
  ASSERT_TRUE(db_->recreate({Family::order}));
  bool damaged = false;
  EXPECT_TRUE(keys_in(Family::order, damaged).empty());
  EXPECT_EQ(keys_in(Family::blobs, damaged).size(), 1U);
  put(Family::order, {"c"});
  db_->close();
  ASSERT_TRUE(db_->open());
  EXPECT_EQ(keys_in(Family::order, damaged), std::vector<std::string>{"c"});
}

TEST_F(RocksDbTest, TheCleanMarkIsTakenOnce) {
  ASSERT_TRUE(db_->open());
  EXPECT_FALSE(db_->take_clean_mark());
  db_->set_clean_mark();
  db_->close();
  ASSERT_TRUE(db_->open());
  EXPECT_TRUE(db_->take_clean_mark());
  EXPECT_FALSE(db_->take_clean_mark());
}

TEST_F(RocksDbTest, ADamagedIndexIsToldFromATroubledDisk) {
  ASSERT_TRUE(db_->open());
  put(Family::blobs, {"a"});
  db_->close();
  ASSERT_TRUE(write_file_atomically(dir_ / "db/CURRENT", "garbage"));
  const auto opened = db_->open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::corrupt);
}

}  // namespace
}  // namespace fabrik::cache
