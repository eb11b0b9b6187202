#include "daemon/idle_policy.hpp"

#include <gtest/gtest.h>

namespace fabrik::daemon {
namespace {

using Action = IdlePolicy::Action;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::chrono::steady_clock::time_point kStart{std::chrono::hours(1)};

IdlePolicy policy(milliseconds exit_after = minutes(30)) {
  return IdlePolicy({.exit_after = exit_after});
}

TEST(IdlePolicy, LeavesAfterTheTimeout) {
  IdlePolicy idle = policy();
  EXPECT_NE(idle.next(kStart + minutes(29), {.last_request = kStart}).action, Action::exit);
  EXPECT_EQ(idle.next(kStart + minutes(30), {.last_request = kStart}).action, Action::exit);
}

TEST(IdlePolicy, NeverLeavesWhileBusy) {
  IdlePolicy idle = policy();
  EXPECT_EQ(idle.next(kStart + minutes(90), {.busy = true, .last_request = kStart}).action,
            Action::wait);
}

TEST(IdlePolicy, NeverLeavesWithoutATimeout) {
  IdlePolicy idle = policy(milliseconds(0));
  const Activity activity{.last_request = kStart};
  EXPECT_EQ(idle.next(kStart + std::chrono::hours(999), activity).action, Action::flush);
  EXPECT_EQ(idle.next(kStart + std::chrono::hours(1000), activity).action, Action::wait);
}

TEST(IdlePolicy, CountsFromTheLastRequest) {
  IdlePolicy idle = policy();
  const Activity activity{.last_request = kStart + minutes(20)};
  EXPECT_EQ(idle.next(kStart + minutes(30), activity).action, Action::flush);
  EXPECT_EQ(idle.next(kStart + minutes(49), activity).action, Action::wait);
  EXPECT_EQ(idle.next(kStart + minutes(50), activity).action, Action::exit);
}

TEST(IdlePolicy, FlushesOnceAfterEachBusyTime) {
  IdlePolicy idle = policy();
  const Activity first{.last_request = kStart + seconds(1)};
  EXPECT_EQ(idle.next(kStart + seconds(5), first).action, Action::wait);
  EXPECT_EQ(idle.next(kStart + seconds(11), first).action, Action::flush);
  EXPECT_EQ(idle.next(kStart + seconds(30), first).action, Action::wait);
  const Activity second{.last_request = kStart + seconds(31)};
  EXPECT_EQ(idle.next(kStart + seconds(41), second).action, Action::flush);
}

TEST(IdlePolicy, FlushesOnceAfterTheStart) {
  IdlePolicy idle = policy();
  EXPECT_EQ(idle.next(kStart + seconds(10), {.last_request = kStart}).action, Action::flush);
  EXPECT_EQ(idle.next(kStart + minutes(10), {.last_request = kStart}).action, Action::wait);
}

TEST(IdlePolicy, LooksAgainInTime) {
  IdlePolicy idle = policy(milliseconds(300));
  EXPECT_EQ(idle.next(kStart + milliseconds(100), {.last_request = kStart}).look_again,
            milliseconds(200));
  EXPECT_EQ(policy().next(kStart, {.last_request = kStart}).look_again, seconds(10));
  const milliseconds busy = idle.next(kStart, {.busy = true, .last_request = kStart}).look_again;
  EXPECT_GT(busy.count(), 0);
  EXPECT_LE(busy, seconds(10));
}

}  // namespace
}  // namespace fabrik::daemon
