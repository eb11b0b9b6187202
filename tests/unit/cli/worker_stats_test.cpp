#include "cli/worker_stats.hpp"

#include <gtest/gtest.h>

namespace fabrik::cli {
namespace {

TEST(WorkerStats, AddsUpTheSpaces) {
  const auto stats = parse_worker_stats(R"({
    "uptime_ms": 1500, "requests": 9, "rss_bytes": 100,
    "spaces": {"gradle": {"hits": 3, "misses": 1, "puts": 1, "bytes_read": 10},
               "nx": {"hits": 1, "misses": 0, "puts": 2, "bytes_written": 20}},
    "store": {"entries": 3, "blobs": 2, "bytes": 30, "max_bytes": 100, "read_only": true}})");
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(stats->hits(), 4u);
  EXPECT_EQ(stats->misses(), 1u);
  EXPECT_EQ(stats->puts(), 3u);
  EXPECT_EQ(stats->uptime, std::chrono::milliseconds(1500));
  EXPECT_EQ(stats->bytes, 30u);
  EXPECT_TRUE(stats->read_only);
  ASSERT_EQ(stats->spaces.size(), 2u);
  EXPECT_EQ(stats->spaces[1].name, "nx");
  EXPECT_EQ(stats->spaces[1].bytes_written, 20u);
}

TEST(WorkerStats, SurvivesAnotherVersionsAnswer) {
  const auto empty = parse_worker_stats("{}");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->hits(), 0u);
  const auto odd = parse_worker_stats(
      R"({"requests": "many", "spaces": {"gradle": 7}, "store": [1], "rss_bytes": -1})");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->requests, 0u);
  EXPECT_EQ(odd->hits(), 0u);
  EXPECT_FALSE(parse_worker_stats("not json"));
  EXPECT_FALSE(parse_worker_stats("[]"));
}

TEST(WorkerStats, SaysTheHitRate) {
  EXPECT_EQ(hit_rate(25, 5), "83% (25 of 30 lookups)");
  EXPECT_EQ(hit_rate(0, 0), "no lookups yet");
  EXPECT_EQ(hit_rate(0, 2), "0% (0 of 2 lookups)");
}

}  // namespace
}  // namespace fabrik::cli
