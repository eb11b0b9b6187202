#include "statefs/backoff.hpp"

#include <gtest/gtest.h>

#include "base/fs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::statefs {
namespace {

using std::chrono::seconds;

class BackoffTest : public ::testing::Test {
 protected:
  const Error error_{Errc::io, "start: disk on fire"};
  testing::TempDir dir_;
  testing::FakeClock clock_;
  Backoff backoff_{dir_ / "backoff.json", clock_};
};

TEST_F(BackoffTest, LetsTheFirstAttemptThrough) {
  EXPECT_FALSE(backoff_.blocked("hash"));
}

TEST_F(BackoffTest, LengthensThePause) {
  for (const int pause : {1, 5, 30, 300, 300}) {
    backoff_.failed("hash", error_);
    clock_.advance(seconds(pause) - std::chrono::milliseconds(1));
    ASSERT_TRUE(backoff_.blocked("hash")) << pause;
    clock_.advance(std::chrono::milliseconds(1));
    ASSERT_FALSE(backoff_.blocked("hash")) << pause;
  }
}

TEST_F(BackoffTest, SaysWhatFailedAndWhenItTriesAgain) {
  backoff_.failed("hash", error_);
  const auto blocked = backoff_.blocked("hash");
  ASSERT_TRUE(blocked);
  EXPECT_NE(blocked->message.find("disk on fire"), std::string::npos);
  EXPECT_NE(blocked->message.find("tried again in 1s"), std::string::npos);
}

TEST_F(BackoffTest, DoesNotBlockAnotherConfiguration) {
  backoff_.failed("hash", error_);
  EXPECT_FALSE(backoff_.blocked("edited"));
  backoff_.failed("hash", error_);
  backoff_.failed("edited", error_);
  clock_.advance(seconds(1));
  EXPECT_FALSE(backoff_.blocked("edited")) << "a new configuration starts with the short pause";
}

TEST_F(BackoffTest, ForgetsAfterSuccess) {
  backoff_.failed("hash", error_);
  backoff_.clear();
  EXPECT_FALSE(backoff_.blocked("hash"));
}

TEST_F(BackoffTest, DoesNotBlockForHoursWhenTheClockIsSetBack) {
  backoff_.failed("hash", error_);
  clock_.jump(-std::chrono::hours(5));
  EXPECT_FALSE(backoff_.blocked("hash"));
}

TEST_F(BackoffTest, IgnoresATornFile) {
  ASSERT_TRUE(write_file_atomically(dir_ / "backoff.json", "{\"key\":\"hash\",\"unt"));
  EXPECT_FALSE(backoff_.blocked("hash"));
}

}  // namespace
}  // namespace fabrik::statefs
