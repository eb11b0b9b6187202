#include "config/value.hpp"

#include <gtest/gtest.h>

#include "config/keys.hpp"

namespace fabrik::config {
namespace {

RawValue text(std::string value) {
  return {.kind = RawValue::Kind::string, .string = std::move(value)};
}

std::string why_not(const Key& key, const Result<Value>& value) {
  EXPECT_FALSE(value) << key.name;
  return value ? "" : value.error().message;
}

TEST(Values, AreTypedInTomlAndLooseInText) {
  const Key key{.name = "k", .type = Type::boolean};
  EXPECT_EQ(*from_toml(key, {.kind = RawValue::Kind::boolean, .boolean = true}), Value(true));
  EXPECT_FALSE(from_toml(key, text("true")));
  for (const std::string yes : {"true", "1", "yes", "on"}) {
    EXPECT_EQ(*from_text(key, yes), Value(true));
  }
  for (const std::string no : {"false", "0", "no", "off"}) {
    EXPECT_EQ(*from_text(key, no), Value(false));
  }
  EXPECT_NE(why_not(key, from_text(key, "maybe")).find("true or false"), std::string::npos);
}

TEST(Values, KeepIntegersInTheirRange) {
  const Key key{.name = "k", .type = Type::integer, .min = 1, .max = 10};
  const auto of = [&](std::int64_t number) {
    return from_toml(key, {.kind = RawValue::Kind::integer, .integer = number});
  };
  EXPECT_EQ(*of(1), Value(std::int64_t{1}));
  EXPECT_EQ(*of(10), Value(std::int64_t{10}));
  EXPECT_NE(why_not(key, of(0)).find("from 1 to 10"), std::string::npos);
  EXPECT_NE(why_not(key, of(11)).find("from 1 to 10"), std::string::npos);
  EXPECT_NE(why_not(key, from_toml(key, text("5"))).find("without quotes"), std::string::npos);
  EXPECT_EQ(*from_text(key, "5"), Value(std::int64_t{5}));
  for (const std::string bad : {"", "5x", " 5", "0x5", "99999999999999999999"}) {
    EXPECT_FALSE(from_text(key, bad)) << bad;
  }
}

TEST(Values, ReadSizesWithUnitsAndAsBytes) {
  const Key key{.name = "k", .type = Type::size, .min = 1000};
  EXPECT_EQ(*from_toml(key, text("5GB")), Value(std::uint64_t{5'000'000'000}));
  EXPECT_EQ(*from_toml(key, {.kind = RawValue::Kind::integer, .integer = 4096}),
            Value(std::uint64_t{4096}));
  EXPECT_NE(why_not(key, from_text(key, "999")).find("too small"), std::string::npos);
  EXPECT_FALSE(from_toml(key, {.kind = RawValue::Kind::integer, .integer = -1}));
  EXPECT_FALSE(from_toml(
      key, {.kind = RawValue::Kind::integer, .integer = std::numeric_limits<std::int64_t>::max()}));
  const auto bananas = why_not(key, from_text(key, "5 bananas"));
  EXPECT_NE(bananas.find("write it like \"5GB\""), std::string::npos) << bananas;
  EXPECT_EQ(bananas.find("bananas"), std::string::npos) << "the caller shows the value already";
}

TEST(Values, ReadDurations) {
  const Key key{.name = "k", .type = Type::duration, .min = 1000};
  EXPECT_EQ(*from_text(key, "2h"), Value(std::chrono::milliseconds(7'200'000)));
  EXPECT_NE(why_not(key, from_text(key, "999ms")).find("at least \"1s\""), std::string::npos);
  EXPECT_NE(why_not(key, from_text(key, "5")).find("no unit"), std::string::npos);
  EXPECT_FALSE(from_toml(key, {.kind = RawValue::Kind::integer, .integer = 5}));
}

TEST(Values, SuggestTheNearestChoice) {
  const Key key{.name = "k", .type = Type::choice, .choices = "fast sync"};
  EXPECT_EQ(*from_text(key, "sync"), Value(std::string("sync")));
  const auto message = why_not(key, from_text(key, "synk"));
  EXPECT_NE(message.find("did you mean \"sync\"?"), std::string::npos) << message;
  EXPECT_NE(message.find("fast, sync"), std::string::npos) << message;
  EXPECT_FALSE(from_text(key, ""));
}

TEST(Values, ReadListsWithoutRepetition) {
  const Key key{.name = "k", .type = Type::list, .choices = "gradle nx"};
  using List = std::vector<std::string>;
  EXPECT_EQ(*from_text(key, " nx, gradle ,nx,"), Value(List{"nx", "gradle"}));
  EXPECT_EQ(*from_text(key, ""), Value(List{}));
  EXPECT_EQ(*from_toml(key, {.kind = RawValue::Kind::strings, .strings = {"nx"}}),
            Value(List{"nx"}));
  EXPECT_FALSE(from_toml(key, text("nx")));
  const auto message =
      why_not(key, from_toml(key, {.kind = RawValue::Kind::strings, .strings = {"gradel"}}));
  EXPECT_NE(message.find("did you mean \"gradle\"?"), std::string::npos) << message;
}

TEST(Values, KnowUrlsByScheme) {
  const Key key{.name = "k", .type = Type::url, .choices = "grpc s3"};
  for (const std::string good : {"grpc://host:7070", "s3://bucket/prefix/"}) {
    EXPECT_TRUE(from_text(key, good)) << good;
  }
  for (const std::string bad : {"", "host", "http://host", "grpc:host", "grpc://", "grpc:///x",
                                "grpc://a b", "file:///etc/passwd"}) {
    EXPECT_FALSE(from_text(key, bad)) << bad;
  }
}

TEST(Values, KnowAddresses) {
  const Key key{.name = "k", .type = Type::address};
  for (const std::string good :
       {"127.0.0.1", "127.0.0.1:0", "localhost:65535", "[::1]:80", "::1"}) {
    EXPECT_TRUE(from_text(key, good)) << good;
  }
  for (const std::string bad :
       {"", ":80", "host:", "host:65536", "host:x", "a b:1", "http://h:1"}) {
    EXPECT_FALSE(from_text(key, bad)) << bad;
  }
}

TEST(Values, RefuseEmptyPathsAndNulCharacters) {
  const Key key{.name = "k", .type = Type::path};
  EXPECT_TRUE(from_text(key, "a/b"));
  EXPECT_FALSE(from_text(key, ""));
  EXPECT_FALSE(from_text(key, std::string_view("a\0b", 3)));
}

TEST(Values, RefuseShortSecrets) {
  const Key* secret = find_key("p2p.secret");
  EXPECT_TRUE(from_text(*secret, "0123456789abcdef"));
  EXPECT_NE(why_not(*secret, from_text(*secret, "0123")).find("16 characters"), std::string::npos);
}

TEST(Values, AreQuotedForToml) {
  EXPECT_EQ(quote("a\"b\\c\n\t\x01\x7f"), "\"a\\\"b\\\\c\\n\\t\\u0001\\u007F\"");
  const Key boolean{.name = "k", .type = Type::boolean};
  const Key list{.name = "k", .type = Type::list};
  const Key size{.name = "k", .type = Type::size};
  EXPECT_EQ(to_literal(boolean, "yes"), "true");
  EXPECT_EQ(to_literal(list, "a, b"), "[\"a\", \"b\"]");
  EXPECT_EQ(to_literal(size, "5GB"), "\"5GB\"");
}

}  // namespace
}  // namespace fabrik::config
