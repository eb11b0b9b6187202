// A store whose directory cannot be used, for a while or in the middle of work.
#include <atomic>

#include "cache/resilient_store.hpp"
#include "tests/support/store_fixture.hpp"

namespace fabrik::cache {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using testing::eventually;
using testing::get_entry;
using testing::key;
using testing::put_blob;
using testing::put_entry;
using testing::random_bytes;

class Resilience : public testing::StoreFixture {
 protected:
  void open_resilient() {
    auto opened = open_resilient_store(
        [this] {
          ++attempts_;
          return open_rocks_store(options_, clock_, *log_);
        },
        *log_, {.first = 1ms, .last = 20ms});
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = *std::move(opened);
  }

  std::atomic<int> attempts_{0};
  std::unique_ptr<Store> store_;
};

TEST_F(Resilience, AnswersMissesAndSaysWhyWhileItCannotBeOpened) {
  ASSERT_TRUE(write_file_atomically(dir_ / "cache", "in the way"));
  open_resilient();
  EXPECT_EQ(get_entry(*store_, "k"), std::nullopt);
  const Digest digest = sha256(as_bytes("x"));
  EXPECT_EQ(*store_->missing({&digest, 1}), std::vector{digest});
  const BlobRef blob{.digest = digest, .size = 1};
  EXPECT_EQ(*store_->lease({&blob, 1}), std::vector{blob});
  EXPECT_TRUE(store_->list(nullptr, 10)->entries.empty());
  EXPECT_FALSE(*store_->erase(key("k")));
  const auto refused = put_blob(*store_, "content");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_EQ(store_->put(key("k"), blob, {}, IfExists::replace).error().code, Errc::unavailable);
  EXPECT_FALSE(store_->clear());
  EXPECT_TRUE(store_->flush());
  EXPECT_TRUE(store_->stats().read_only);
  EXPECT_NE(store_->stats().problem.find((dir_ / "cache").string()), std::string::npos)
      << store_->stats().problem;
}

TEST_F(Resilience, OpensAsSoonAsTheCauseIsGone) {
  ASSERT_TRUE(write_file_atomically(dir_ / "cache", "in the way"));
  open_resilient();
  ASSERT_TRUE(eventually([&] { return attempts_ >= 3; })) << "must go on trying";
  fs::remove(dir_ / "cache");
  ASSERT_TRUE(eventually([&] { return store_->stats().problem.empty(); }));
  ASSERT_TRUE(put_entry(*store_, "k", "content"));
  EXPECT_EQ(get_entry(*store_, "k"), "content");
  EXPECT_FALSE(store_->stats().read_only);
}

TEST_F(Resilience, EndsWhileItIsStillTrying) {
  ASSERT_TRUE(write_file_atomically(dir_ / "cache", "in the way"));
  open_resilient();
  ASSERT_TRUE(eventually([&] { return attempts_ >= 2; }));
  store_.reset();  // must not wait for the next attempt to succeed
}

TEST_F(Resilience, DoesNotWaitForAnotherOwner) {
  open();
  const auto second =
      open_resilient_store([this] { return open_rocks_store(options_, clock_, *log_); }, *log_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
}

TEST_F(Resilience, ARemovedDirectoryIsNoticedByUseAlone) {
  open_resilient();
  ASSERT_TRUE(put_entry(*store_, "small", "content"));
  testing::remove_in_use(options_.dir);
  // Reads and writes go on as if nothing were wrong: the files are still open.
  ASSERT_TRUE(eventually([&] {
    (void)get_entry(*store_, "small");
    return fs::exists(options_.dir / "db/CURRENT");
  }));
  ASSERT_TRUE(eventually([&] { return put_entry(*store_, "new", "content").has_value(); }));
  EXPECT_EQ(get_entry(*store_, "small"), std::nullopt);
  store_.reset();
  open();
  EXPECT_EQ(get_entry(store(), "new"), "content") << "it must have gone to the new directory";
}

TEST_F(Resilience, ARemovedIndexIsNoticedAndItsFilesAreClearedAway) {
  open_resilient();
  const auto large = random_bytes(100'000, 1);
  ASSERT_TRUE(put_entry(*store_, "large", large));
  testing::remove_in_use(options_.dir / "db");
  ASSERT_TRUE(eventually([&] {
    (void)get_entry(*store_, "large");
    return fs::exists(options_.dir / "db/CURRENT");
  }));
  EXPECT_TRUE(eventually([&] { return !fs::exists(file_of(large)); }));
  EXPECT_TRUE(eventually([&] { return put_entry(*store_, "large", large).has_value(); }));
  EXPECT_EQ(get_entry(*store_, "large"), large);
}

}  // namespace
}  // namespace fabrik::cache
