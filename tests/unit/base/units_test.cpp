#include "base/units.hpp"

#include <gtest/gtest.h>

namespace fabrik {
namespace {

using std::chrono::milliseconds;

TEST(Units, ReadSizesInDecimalAndBinaryUnits) {
  EXPECT_EQ(*parse_size("5GB"), 5'000'000'000U);
  EXPECT_EQ(*parse_size("512MiB"), 512U << 20);
  EXPECT_EQ(*parse_size("512 mib"), 512U << 20);
  EXPECT_EQ(*parse_size("1.5k"), 1536U);
  EXPECT_EQ(*parse_size("42"), 42U);
  EXPECT_EQ(*parse_size("0"), 0U);
}

TEST(Units, RefuseSizesThatMakeNoSense) {
  for (const char* bad : {"", "GB", "-1GB", "5XB", "1e3", "nan", "inf", "99999999999TB", "5GB5"}) {
    const auto size = parse_size(bad);
    ASSERT_FALSE(size) << bad;
    EXPECT_NE(size.error().message.find("write it like"), std::string::npos);
  }
}

TEST(Units, ReadDurations) {
  EXPECT_EQ(*parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(*parse_duration("30s"), milliseconds(30'000));
  EXPECT_EQ(*parse_duration("7d"), milliseconds(7LL * 86'400'000));
  EXPECT_EQ(*parse_duration("1.5h"), milliseconds(5'400'000));
  EXPECT_EQ(*parse_duration("0"), milliseconds(0));
}

TEST(Units, WantAUnitOnEveryDurationButZero) {
  EXPECT_NE(parse_duration("30").error().message.find("has no unit"), std::string::npos);
  EXPECT_FALSE(parse_duration("soon"));
}

TEST(Units, WriteSizesForPeople) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(999), "999 B");
  EXPECT_EQ(format_size(1536), "1.50 KiB");
  EXPECT_EQ(format_size(5'000'000'000), "4.66 GiB");
}

TEST(Units, WriteDurationsForPeople) {
  EXPECT_EQ(format_duration(milliseconds(250)), "250ms");
  EXPECT_EQ(format_duration(milliseconds(31'000)), "31s");
  EXPECT_EQ(format_duration(milliseconds(7'500'000)), "2h 5m");
  EXPECT_EQ(format_duration(milliseconds(86'400'000)), "1d");
}

}  // namespace
}  // namespace fabrik
