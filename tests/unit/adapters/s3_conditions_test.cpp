// When an S3 object is what a request is about: dates and conditions.
#include <gtest/gtest.h>

#include "adapters/s3/http_conditions.hpp"
#include "adapters/s3/http_date.hpp"

namespace fabrik::adapters {
namespace {

using std::chrono::seconds;

constexpr std::chrono::system_clock::time_point kTime{seconds(1369353600)};

TEST(HttpDate, IsWrittenAndReadInOneForm) {
  EXPECT_EQ(http_date(kTime), "Fri, 24 May 2013 00:00:00 GMT");
  EXPECT_EQ(iso_date(kTime + std::chrono::milliseconds(7)), "2013-05-24T00:00:00.007Z");
  EXPECT_EQ(parse_http_date("Fri, 24 May 2013 00:00:00 GMT"), kTime);
  for (const char* bad : {"", "Fri, 24 May 2013 00:00:00", "Fri, 24 Mai 2013 00:00:00 GMT",
                          "Fri, 32 May 2013 00:00:00 GMT", "Fri, 24 May 2013 24:00:00 GMT",
                          "Friday, 24-May-13 00:00:00 GMT", "Fri May 24 00:00:00 2013"}) {
    EXPECT_EQ(parse_http_date(bad), std::nullopt) << bad;
  }
}

net::Headers headers_of(std::initializer_list<std::pair<const char*, const char*>> fields) {
  net::Headers headers;
  for (const auto& [field, value] : fields) {
    headers.add(field, value);
  }
  return headers;
}

const Validators kCurrent{.etag = "\"abc-1\"", .modified = kTime + std::chrono::milliseconds(500)};

Verdict read_verdict(std::initializer_list<std::pair<const char*, const char*>> fields) {
  return judge_read(headers_of(fields), &kCurrent);
}

TEST(HttpConditions, ReadersAskForWhatTheyDoNotHave) {
  EXPECT_EQ(read_verdict({}), Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-None-Match", "\"abc-1\""}}), Verdict::not_modified);
  EXPECT_EQ(read_verdict({{"If-None-Match", "\"x\", W/\"abc-1\""}}), Verdict::not_modified);
  EXPECT_EQ(read_verdict({{"If-None-Match", "abc-1"}}), Verdict::not_modified);
  EXPECT_EQ(read_verdict({{"If-None-Match", "\"x\""}}), Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Match", "\"abc-1\""}}), Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Match", "*"}}), Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Match", "\"x\""}}), Verdict::failed);
}

TEST(HttpConditions, TimesCountInWholeSecondsAndOnlyWithoutTags) {
  const char* same = "Fri, 24 May 2013 00:00:00 GMT";
  const char* before = "Thu, 23 May 2013 23:59:59 GMT";
  EXPECT_EQ(read_verdict({{"If-Modified-Since", same}}), Verdict::not_modified);
  EXPECT_EQ(read_verdict({{"If-Modified-Since", before}}), Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Unmodified-Since", same}}), Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Unmodified-Since", before}}), Verdict::failed);
  EXPECT_EQ(read_verdict({{"If-Modified-Since", same}, {"If-None-Match", "\"x\""}}),
            Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Unmodified-Since", before}, {"If-Match", "\"abc-1\""}}),
            Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Modified-Since", "nonsense"}}), Verdict::proceed);
}

TEST(HttpConditions, WritersProtectWhatIsThereOrNot) {
  const auto verdict = [](const char* field, const char* value, const Validators* current) {
    return judge_write(headers_of({{field, value}}), current);
  };
  EXPECT_EQ(verdict("If-None-Match", "*", &kCurrent), Verdict::failed);
  EXPECT_EQ(verdict("If-None-Match", "*", nullptr), Verdict::proceed);
  EXPECT_EQ(verdict("If-Match", "*", nullptr), Verdict::failed);
  EXPECT_EQ(verdict("If-Match", "\"abc-1\"", &kCurrent), Verdict::proceed);
  EXPECT_EQ(verdict("If-Match", "\"x\"", &kCurrent), Verdict::failed);
}

TEST(HttpConditions, ARangeCountsForTheSameObjectOnly) {
  EXPECT_TRUE(range_counts(headers_of({}), kCurrent));
  EXPECT_TRUE(range_counts(headers_of({{"If-Range", "\"abc-1\""}}), kCurrent));
  EXPECT_FALSE(range_counts(headers_of({{"If-Range", "\"x\""}}), kCurrent));
  EXPECT_FALSE(range_counts(headers_of({{"If-Range", "W/\"abc-1\""}}), kCurrent));
  EXPECT_TRUE(range_counts(headers_of({{"If-Range", "Fri, 24 May 2013 00:00:00 GMT"}}), kCurrent));
  EXPECT_FALSE(range_counts(headers_of({{"If-Range", "Thu, 23 May 2013 00:00:00 GMT"}}), kCurrent));
}

}  // namespace
}  // namespace fabrik::adapters
