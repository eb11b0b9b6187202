#include "daemon/request_metrics.hpp"

#include <gtest/gtest.h>

namespace fabrik::daemon {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(Histogram, CountsEachDurationInItsBucket) {
  Histogram histogram;
  histogram.add(microseconds(50));
  histogram.add(microseconds(100));  // a bound belongs to the bucket below it
  histogram.add(microseconds(101));
  histogram.add(std::chrono::seconds(60));
  EXPECT_EQ(histogram.in_bucket(0), 2U);
  EXPECT_EQ(histogram.in_bucket(1), 1U);
  EXPECT_EQ(histogram.in_bucket(Histogram::kBounds.size()), 1U);
  EXPECT_EQ(histogram.count(), 4U);
  EXPECT_NEAR(histogram.sum_seconds(), 60.000251, 1e-9);
}

TEST(Histogram, TellsWhatMostStayBelow) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.99), 0);
  for (int i = 0; i < 98; ++i) {
    histogram.add(milliseconds(2));  // in (1, 2.5] ms
  }
  histogram.add(milliseconds(200));
  histogram.add(milliseconds(200));
  EXPECT_GT(histogram.quantile(0.5), 0.001);
  EXPECT_LE(histogram.quantile(0.5), 0.0025);
  EXPECT_LE(histogram.quantile(0.95), 0.0025);
  EXPECT_GT(histogram.quantile(0.99), 0.1);
  EXPECT_LE(histogram.quantile(0.99), 0.25);
}

TEST(Histogram, DoesNotGuessBeyondItsLastBound) {
  Histogram histogram;
  histogram.add(std::chrono::seconds(3600));
  EXPECT_EQ(histogram.quantile(0.5), Histogram::kBounds.back());
}

TEST(TraceId, IsTakenFromAValidHeaderOnly) {
  constexpr std::string_view kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto with = [&](std::string_view before, std::string_view after) {
    return std::string(before) + std::string(kTrace) + std::string(after);
  };
  const std::string good = with("00-", "-00f067aa0ba902b7-01");
  EXPECT_EQ(trace_id_of(good), kTrace);
  for (const std::string& wrong :
       {std::string(), with("01-", "-00f067aa0ba902b7-01"), with("00-", "-0000000000000000-01"),
        std::string("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), good + "0",
        with("00-", "-00F067AA0BA902B7-01"), with("00 ", "-00f067aa0ba902b7-01"),
        with("00-", "-00f067aa0ba902b7-0x")}) {
    EXPECT_EQ(trace_id_of(wrong), "") << wrong;
  }
}

TEST(RequestMetrics, KeepsToolsApartAndCountsFaultsOfOurs) {
  const auto log = null_log();
  RequestMetrics metrics(*log);
  const auto ended = [&metrics](std::string_view tool, int status) {
    net::RequestRecord record;
    record.tool = tool;
    record.status = status;
    record.duration = milliseconds(1);
    metrics.ended(record);
  };
  ended("gradle", 200);
  ended("gradle", 404);
  ended("nx", 503);
  ended("grpc", 5);   // NOT_FOUND
  ended("grpc", 13);  // INTERNAL
  EXPECT_EQ(metrics.all().count(), 5U);
  EXPECT_EQ(metrics.by_tool().at("gradle").count(), 2U);
  EXPECT_EQ(metrics.by_tool().size(), 3U);
  EXPECT_EQ(metrics.errors(), 2U);
}

}  // namespace
}  // namespace fabrik::daemon
