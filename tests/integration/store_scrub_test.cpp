// Damage is found without anybody asking for the bytes.
#include "tests/support/store_fixture.hpp"

namespace fabrik::cache {
namespace {

using namespace std::chrono_literals;
using testing::Content;
using testing::eventually;
using testing::flip_byte;
using testing::get_entry;
using testing::key;
using testing::put_entry;
using testing::random_bytes;

class StoreScrub : public testing::StoreFixture {
 protected:
  static Content content(int i) { return random_bytes(70'000 + static_cast<std::size_t>(i), i); }
  void put(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(put_entry(store(), std::to_string(i), content(i)));
    }
  }
  // All of it, in steps of `bytes`.
  ScrubStep scrub_all(std::uint64_t bytes, int& steps) {
    ScrubStep sum;
    std::optional<Digest> from;
    steps = 0;
    do {
      const auto step = store().scrub(from ? &*from : nullptr, bytes);
      EXPECT_TRUE(step) << step.error().message;
      if (!step) {
        break;
      }
      ++steps;
      sum.blobs += step->blobs;
      sum.bytes += step->bytes;
      sum.damaged += step->damaged;
      from = step->next;
    } while (from);
    return sum;
  }
};

TEST_F(StoreScrub, ReadsEveryBlobOnceHoweverSmallTheSteps) {
  open();
  put(10);
  ASSERT_TRUE(put_entry(store(), "small", "small"));
  std::uint64_t bytes = 5;
  for (int i = 0; i < 10; ++i) {
    bytes += content(i).size();
  }
  for (const std::uint64_t step : {std::uint64_t{1}, std::uint64_t{150'000}, UINT64_MAX / 2}) {
    int steps = 0;
    const ScrubStep sum = scrub_all(step, steps);
    EXPECT_EQ(sum.blobs, 11U);
    EXPECT_EQ(sum.bytes, bytes);
    EXPECT_EQ(sum.damaged, 0U);
    EXPECT_EQ(steps == 1, step > bytes);
  }
}

TEST_F(StoreScrub, FindsDamageInFilesThatWereSeenToBeRight) {
  open();
  put(5);
  ASSERT_TRUE(get_entry(store(), "3"));
  flip_byte(file_of(content(3)), 69'000);
  std::filesystem::remove(file_of(content(4)));
  int steps = 0;
  EXPECT_EQ(scrub_all(UINT64_MAX / 2, steps).damaged, 2U);
  EXPECT_EQ(store().stats().corrupt_dropped, 2U);
  EXPECT_EQ(store().stats().blobs, 3U);
  const auto info = store().find(key("3"));
  EXPECT_TRUE(info && !*info) << "its entry must be gone as well";
  EXPECT_EQ(get_entry(store(), "0"), content(0));
  EXPECT_EQ(scrub_all(UINT64_MAX / 2, steps).damaged, 0U);
}

TEST_F(StoreScrub, GoesOnByItselfWhileTheStoreIsUsed) {
  options_.scrub_interval = 1h;
  options_.scrub_bytes_per_second = 1'000'000'000;
  open();
  put(3);
  ASSERT_TRUE(get_entry(store(), "1"));
  flip_byte(file_of(content(1)), 1000);
  clock_.advance(2h);
  EXPECT_TRUE(eventually([&] {
    (void)store().find(key("0"));
    return store().stats().corrupt_dropped == 1;
  }));
}

}  // namespace
}  // namespace fabrik::cache
