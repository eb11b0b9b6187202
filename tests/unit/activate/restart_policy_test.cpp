#include "activate/restart_policy.hpp"

#include <gtest/gtest.h>

namespace fabrik::activate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RestartPolicyTest : public ::testing::Test {
 protected:
  std::optional<milliseconds> fails_after(milliseconds life) {
    const auto started = now_;
    now_ += life;
    return policy_.after_failure(started, now_);
  }
  RestartPolicy policy_;
  RestartPolicy::Time now_{seconds(1000)};
};

TEST_F(RestartPolicyTest, TheFirstRestartIsImmediate) {
  EXPECT_EQ(fails_after(milliseconds(1)), milliseconds(0));
}

TEST_F(RestartPolicyTest, PausesGrowAndThenItGivesUp) {
  milliseconds before{-1};
  for (int attempt = 0; attempt < 7; ++attempt) {
    const auto pause = fails_after(milliseconds(1));
    ASSERT_TRUE(pause) << attempt;
    EXPECT_GT(*pause, before);
    before = *pause;
  }
  EXPECT_FALSE(fails_after(milliseconds(1)));
}

TEST_F(RestartPolicyTest, AWorkerThatLivedResetsTheCount) {
  for (int attempt = 0; attempt < 7; ++attempt) {
    ASSERT_TRUE(fails_after(milliseconds(1)));
  }
  EXPECT_EQ(fails_after(seconds(10)), milliseconds(0));
  EXPECT_EQ(fails_after(seconds(9)), milliseconds(100));
}

}  // namespace
}  // namespace fabrik::activate
