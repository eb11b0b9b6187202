#include "cache/entry_index.hpp"

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::cache {
namespace {

using testing::key;

class EntryIndexTest : public ::testing::Test {
 protected:
  EntryIndexTest() {
    std::filesystem::create_directories(dir_ / "blobs");
    std::filesystem::create_directories(dir_ / "tmp");
    EXPECT_TRUE(db_.open());
  }
  BlobRef publish(std::string_view content) {
    const Digest digest = sha256(as_bytes(content));
    EXPECT_TRUE(blobs_.publish(digest, content.size(), as_bytes(content)));
    return {.digest = digest, .size = content.size()};
  }
  // As after a crash: the record is gone, the entry is not.
  void lose(const BlobRef& blob) {
    const auto session = db_.enter();
    auto batch = session.batch();
    batch.erase(Family::blobs, as_key(blob.digest));
    ASSERT_TRUE(session.write(std::move(batch)));
  }

  testing::TempDir dir_;
  testing::FakeClock clock_;
  std::unique_ptr<Log> log_ = null_log();
  RocksDb db_{{.dir = dir_ / "db", .on_trouble = {}}, *log_};
  BlobFiles files_{dir_ / "blobs", dir_ / "tmp", false};
  StripedLocks locks_;
  std::unique_ptr<const EvictionOrder> order_ = eviction_order(EvictionPolicy::lru);
  QuotaIndex quotas_{std::vector<Quota>()};
  Ticks ticks_{clock_};
  BlobIndex blobs_{{.db = db_,
                    .files = files_,
                    .locks = locks_,
                    .order = *order_,
                    .quotas = quotas_,
                    .ticks = ticks_,
                    .clock = clock_,
                    .ttl = std::chrono::milliseconds(0),
                    .on_damage = [] {}}};
  EntryIndex entries_{db_, blobs_, locks_, quotas_, clock_};
};

TEST_F(EntryIndexTest, ErasesAnEntryWhoseBlobIsGone) {
  const BlobRef blob = publish("old");
  ASSERT_TRUE(entries_.put(key("k"), blob, {}, IfExists::replace));
  lose(blob);
  ASSERT_TRUE(entries_.erase_dangling(key("k")));
  EXPECT_EQ(db_.totals().entries, 0);
}

// Whoever found it dangling may have looked before somebody stored it again.
TEST_F(EntryIndexTest, KeepsAnEntryThatWasStoredAgainMeanwhile) {
  const BlobRef old = publish("old");
  ASSERT_TRUE(entries_.put(key("k"), old, {}, IfExists::replace));
  lose(old);
  ASSERT_TRUE(entries_.put(key("k"), publish("new"), {}, IfExists::replace));
  ASSERT_TRUE(entries_.erase_dangling(key("k")));
  EXPECT_TRUE(*entries_.find(key("k")));
  EXPECT_EQ(db_.totals().entries, 1);
}

}  // namespace
}  // namespace fabrik::cache
