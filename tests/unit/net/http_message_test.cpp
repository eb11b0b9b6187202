#include "net/http_message.hpp"

#include <gtest/gtest.h>

namespace fabrik::net {
namespace {

TEST(Headers, CompareNamesWithoutCase) {
  Headers headers;
  headers.add("Content-Type", "text/plain");
  EXPECT_EQ(headers.get("content-TYPE"), "text/plain");
  EXPECT_EQ(headers.get("content"), std::nullopt);
}

TEST(Headers, GiveTheFirstOfSeveral) {
  Headers headers;
  headers.add("x", "1");
  headers.add("X", "2");
  EXPECT_EQ(headers.get("x"), "1");
  EXPECT_EQ(headers.count("x"), 2U);
}

TEST(Headers, SetReplacesAllOfThatName) {
  Headers headers;
  headers.add("a", "1");
  headers.add("b", "2");
  headers.add("A", "3");
  headers.set("a", "4");
  EXPECT_EQ(headers.count("a"), 1U);
  EXPECT_EQ(headers.get("a"), "4");
  EXPECT_EQ(headers.get("b"), "2");
}

TEST(PercentDecode, DecodesBothCases) {
  EXPECT_EQ(percent_decode("a%2Fb%2fc"), "a/b/c");
  EXPECT_EQ(percent_decode("%C3%A9"), "\xC3\xA9");
}

TEST(PercentDecode, TakesPlusAsASpaceOnlyWhereAsked) {
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
}

TEST(PercentDecode, RefusesWhatIsMalformed) {
  for (const char* text : {"%", "%1", "a%", "%g0", "%0g", "%%20", "%-1"}) {
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  }
}

TEST(PercentDecode, RefusesNul) {
  EXPECT_EQ(percent_decode("a%00b"), std::nullopt);
  EXPECT_EQ(percent_decode(std::string_view("a\0b", 3)), std::nullopt);
}

TEST(QueryParameter, FindsTheFirstOfAName) {
  Request request;
  request.query = "slug=my%20team&teamId=a+b&slug=other&flag&empty=";
  EXPECT_EQ(request.query_parameter("slug"), "my team");
  EXPECT_EQ(request.query_parameter("teamId"), "a b");
  EXPECT_EQ(request.query_parameter("flag"), "");
  EXPECT_EQ(request.query_parameter("empty"), "");
  EXPECT_EQ(request.query_parameter("slu"), std::nullopt);
}

TEST(QueryParameter, IsAbsentWhenItsValueIsMalformed) {
  Request request;
  request.query = "a=%zz&&=x&b=1";
  EXPECT_EQ(request.query_parameter("a"), std::nullopt);
  EXPECT_EQ(request.query_parameter("b"), "1");
}

TEST(QueryParameter, DecodesNames) {
  Request request;
  request.query = "te%61m=1";
  EXPECT_EQ(request.query_parameter("team"), "1");
}

}  // namespace
}  // namespace fabrik::net
