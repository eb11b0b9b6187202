#include "cache/scrubber.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::cache {
namespace {

using namespace std::chrono_literals;

class ScrubberTest : public ::testing::Test {
 protected:
  ScrubberTest() { EXPECT_TRUE(db_.open()); }
  Scrubber make(std::chrono::milliseconds interval = 1h, std::uint64_t rate = 1000) {
    return Scrubber({.db = db_,
                     .clock = clock_,
                     .log = *log_,
                     .check = [this](const Digest* from, std::uint64_t bytes) -> Result<ScrubStep> {
                       from_.push_back(from ? std::optional(*from) : std::nullopt);
                       EXPECT_EQ(bytes, 1000U);
                       return ScrubStep{.blobs = 1, .bytes = 1, .damaged = 0, .next = next_};
                     },
                     .interval = interval,
                     .bytes_per_second = rate});
  }

  testing::TempDir dir_;
  testing::FakeClock clock_;
  std::unique_ptr<Log> log_ = null_log();
  RocksDb db_{{.dir = dir_ / "db", .sync = false, .on_trouble = {}}, *log_};
  std::vector<std::optional<Digest>> from_;
  std::optional<Digest> next_ = sha256(as_bytes("next"));
};

TEST_F(ScrubberTest, StartsWhenTheIntervalIsOver) {
  Scrubber scrubber = make();
  EXPECT_EQ(scrubber.work(true), std::nullopt);
  clock_.advance(1h);
  EXPECT_EQ(scrubber.work(false), std::nullopt) << "nobody uses the store";
  EXPECT_TRUE(from_.empty());
  const auto pause = scrubber.work(true);
  ASSERT_TRUE(pause);
  EXPECT_LE(*pause, 1s);
  EXPECT_EQ(from_, std::vector<std::optional<Digest>>{std::nullopt});
  EXPECT_TRUE(scrubber.work(true)) << "the second step is not due yet";
}

TEST_F(ScrubberTest, GoesOnAfterARestartWhereItWas) {
  {
    Scrubber scrubber = make();
    (void)scrubber.work(true);
    clock_.advance(1h);
    (void)scrubber.work(true);
  }
  const auto last = next_;
  next_.reset();
  Scrubber scrubber = make();
  EXPECT_TRUE(scrubber.work(true));
  EXPECT_EQ(from_.back(), last);
  EXPECT_EQ(scrubber.work(true), std::nullopt) << "the round is over";
  Scrubber third = make();
  EXPECT_EQ(third.work(true), std::nullopt) << "also after a restart";
  EXPECT_EQ(from_.size(), 2U);
}

TEST_F(ScrubberTest, IsOffWhenToldSo) {
  Scrubber never = make(0ms);
  Scrubber stopped = make(1h, 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(never.work(true), std::nullopt);
    EXPECT_EQ(stopped.work(true), std::nullopt);
    clock_.advance(24h * 365);
  }
  EXPECT_TRUE(from_.empty());
}

TEST(ScrubMark, ComesBackUnchangedAndRefusesOtherBytes) {
  const ScrubMark marks[] = {{}, {.next = sha256(as_bytes("x")), .finished_ms = 1'700'000'000'000}};
  for (const ScrubMark& mark : marks) {
    const std::string text = encode(mark);
    EXPECT_EQ(decode_scrub_mark(text), mark);
    EXPECT_EQ(decode_scrub_mark(text + "x"), std::nullopt);
    EXPECT_EQ(decode_scrub_mark(text.substr(1)), std::nullopt);
  }
}

}  // namespace
}  // namespace fabrik::cache
