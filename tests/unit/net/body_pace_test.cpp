#include "net/body_pace.hpp"

#include <gtest/gtest.h>

namespace fabrik::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

HttpLimits limits() {
  HttpLimits values;
  values.body_stall = seconds(30);
  values.body_min_rate = 1000;
  return values;
}

TEST(BodyPace, AllowsTheStallTimeAtFirst) {
  EXPECT_EQ(BodyPace(limits()).allowance(), seconds(30));
}

TEST(BodyPace, NeverAllowsMoreThanTheStallTime) {
  BodyPace pace(limits());
  pace.waited(milliseconds(1), 100'000'000);
  EXPECT_EQ(pace.allowance(), seconds(30));
}

TEST(BodyPace, EndsAClientThatTrickles) {
  BodyPace pace(limits());
  int waits = 0;
  while (pace.allowance().count() > 0 && waits < 100) {
    pace.waited(seconds(10), 100);  // ten bytes a second
    ++waits;
  }
  EXPECT_EQ(waits, 4);  // 30 s of grace, and 0.1 s earned per wait
}

TEST(BodyPace, LetsAClientGoOnAtTheMinimumRate) {
  BodyPace pace(limits());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_GT(pace.allowance().count(), 0);
    pace.waited(seconds(10), 10'000);
  }
}

}  // namespace
}  // namespace fabrik::net
