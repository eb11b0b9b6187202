#include "cli/child.hpp"

#include <gtest/gtest.h>

namespace fabrik::cli {
namespace {

std::chrono::steady_clock::time_point within(std::chrono::seconds time) {
  return std::chrono::steady_clock::now() + time;
}

TEST(Child, HandsOverBothOutputs) {
  auto child = Child::start({"sh", "-c", "echo out; echo err >&2"});
  ASSERT_TRUE(child) << child.error().message;
  EXPECT_EQ(child->output(within(std::chrono::seconds(30))), "out\nerr\n");
}

TEST(Child, SeesAnEmptyInput) {
  auto child = Child::start({"cat"});
  ASSERT_TRUE(child);
  EXPECT_EQ(child->output(within(std::chrono::seconds(30))), "");
}

TEST(Child, HasNoOutputWhenItFails) {
  auto child = Child::start({"sh", "-c", "echo text; exit 1"});
  ASSERT_TRUE(child);
  EXPECT_EQ(child->output(within(std::chrono::seconds(30))), std::nullopt);
}

TEST(Child, IsNotWaitedForBeyondTheDeadline) {
  auto child = Child::start({"sleep", "1000"});
  ASSERT_TRUE(child);
  EXPECT_EQ(child->output(std::chrono::steady_clock::now() + std::chrono::milliseconds(20)),
            std::nullopt);
}

TEST(Child, SaysThatAProgramIsMissing) {
  const auto child = Child::start({"fabrik-test-no-such-program"});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, Errc::not_found);
}

TEST(Child, KeepsOnlySoMuchOfEndlessOutput) {
  auto child = Child::start({"head", "-c", "1000000", "/dev/zero"});
  ASSERT_TRUE(child);
  const auto text = child->output(within(std::chrono::seconds(30)));
  ASSERT_TRUE(text);
  EXPECT_LE(text->size(), 80u * 1024);
}

}  // namespace
}  // namespace fabrik::cli
