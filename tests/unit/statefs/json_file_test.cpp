#include "statefs/json_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "tests/unit/statefs/state_fixture.hpp"

namespace fabrik::statefs {
namespace {

class JsonFileTest : public ::testing::Test, protected fabrik::testing::StateFixture {};

TEST_F(JsonFileTest, DoesNotHangOnAFifo) {
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_json_file(dir / "fifo").error().code, Errc::forbidden);
}

TEST_F(JsonFileTest, StopsAtTheLimit) {
  ASSERT_TRUE(write_file_atomically(dir / "big", std::string(70'000, ' ')));
  EXPECT_EQ(read_json_file(dir / "big").error().code, Errc::too_large);
}

TEST_F(JsonFileTest, CarriesAnyBytes) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all.push_back(static_cast<char>(byte));
  }
  nlohmann::json object;
  put_bytes(object, "plain", "/home/ü");
  put_bytes(object, "odd", all);
  const auto back = nlohmann::json::parse(object.dump());
  EXPECT_EQ(get_bytes(back, "plain"), "/home/ü");
  EXPECT_EQ(get_bytes(back, "odd"), all);
  EXPECT_FALSE(back.contains("odd"));
}

TEST_F(JsonFileTest, IgnoresMalformedHex) {
  EXPECT_EQ(get_bytes(nlohmann::json{{"a_hex", "abc"}}, "a"), "");
  EXPECT_EQ(get_bytes(nlohmann::json{{"a_hex", "zz"}}, "a"), "");
}

TEST_F(JsonFileTest, FallsBackOnMembersOfAnotherType) {
  const nlohmann::json object = {{"text", 5}, {"number", "5"}, {"flag", 1}};
  EXPECT_EQ(get_string(object, "text"), "");
  EXPECT_EQ(get_int(object, "number", 7), 7);
  EXPECT_FALSE(get_bool(object, "flag"));
}

}  // namespace
}  // namespace fabrik::statefs
