#include "daemon/process.hpp"

#include <gtest/gtest.h>

namespace fabrik::daemon {
namespace {

TEST(ConnectionLimit, LeavesDescriptorsToTheStore) {
  for (const std::uint64_t limit : {32UL, 64UL, 256UL, 1024UL, 20'000UL, ~0UL}) {
    const std::size_t connections = connection_limit(limit);
    EXPECT_GE(connections, 8U);
    EXPECT_LE(connections, 4096U);
    EXPECT_LE(connections * 2, limit) << limit;  // a blob may be open for each
  }
  EXPECT_EQ(connection_limit(1024), 320U);
}

TEST(Memory, OfThisProcessIsKnown) {
  EXPECT_GT(resident_bytes(), 500'000U);
}

}  // namespace
}  // namespace fabrik::daemon
