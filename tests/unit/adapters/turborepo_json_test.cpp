#include "adapters/turborepo/json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace fabrik::adapters {
namespace {

using nlohmann::json;

cache::EntryInfo info_with(std::vector<std::pair<std::string, std::string>> headers) {
  cache::EntryInfo info;
  info.blob.size = 42;
  info.meta.headers = std::move(headers);
  return info;
}

TEST(TurboJson, ReadsTheHashesInOrder) {
  EXPECT_EQ(*parse_turbo_query(R"({"hashes":["b","a"]})"), (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(parse_turbo_query(R"({"hashes":[]})")->size(), 0u);
}

TEST(TurboJson, RefusesAQueryOfAnotherShape) {
  for (const std::string& body :
       {std::string(""), std::string("{"), std::string("[]"), std::string("null"),
        std::string(R"({"hashes":"a"})"), std::string(R"({"hashes":[1]})"),
        std::string(R"({"hash":["a"]})"), std::string(R"({"hashes":["a"]} x)"),
        std::string("{\"hashes\":[\"\xff\"]}"), std::string(100'000, '[')}) {
    EXPECT_FALSE(parse_turbo_query(body).has_value()) << body.substr(0, 40);
  }
}

TEST(TurboJson, DescribesWhatIsThereAndNullsTheRest) {
  const json answer = json::parse(turbo_query_json(
      {{"a", info_with({{"x-artifact-duration", "1200"}, {"x-artifact-tag", "sig=="}})},
       {"b", std::nullopt},
       {"c", info_with({})}}));
  EXPECT_EQ(answer["a"], (json{{"size", 42}, {"taskDurationMs", 1200}, {"tag", "sig=="}}));
  EXPECT_EQ(answer["b"], json(nullptr));
  EXPECT_EQ(answer["c"], (json{{"size", 42}, {"taskDurationMs", 0}}));
}

TEST(TurboJson, ADurationThatIsNoNumberIsZero) {
  for (const char* bad : {"", "12x", "-1", "1.5", "99999999999999999999999"}) {
    const json answer =
        json::parse(turbo_query_json({{"a", info_with({{"x-artifact-duration", bad}})}}));
    EXPECT_EQ(answer["a"]["taskDurationMs"], 0) << bad;
  }
}

TEST(TurboJson, BytesThatAreNotUtf8DoNotBreakTheAnswer) {
  EXPECT_TRUE(json::accept(turbo_query_json({{"a", info_with({{"x-artifact-tag", "\xff"}})}})));
  EXPECT_TRUE(json::accept(turbo_error_json("bad", "\xfe\"")));
}

TEST(TurboJson, WritesTheDocumentedShapes) {
  EXPECT_EQ(json::parse(turbo_uploaded_json("http://h/p")), (json{{"urls", {"http://h/p"}}}));
  EXPECT_EQ(json::parse(turbo_error_json("c", "m")),
            (json{{"error", {{"code", "c"}, {"message", "m"}}}}));
}

TEST(TurboJson, EventsAreAnyJson) {
  EXPECT_TRUE(is_turbo_events(R"([{"sessionId":"s","source":"LOCAL","event":"HIT"}])"));
  EXPECT_FALSE(is_turbo_events(""));
  EXPECT_FALSE(is_turbo_events("[{]"));
}

}  // namespace
}  // namespace fabrik::adapters
