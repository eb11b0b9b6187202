#include "base/log.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/fs.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik {
namespace {

TEST(Log, WritesJsonThatSurvivesHostileValues) {
  const testing::TempDir dir;
  const std::string hostile = "quote \" backslash \\ newline \n control \x01 invalid \xff";
  {
    const auto log = open_log({.file = dir / "log"});
    ASSERT_TRUE(log);
    (*log)->info("served", {{"key", hostile}, {"size", 42}});
  }
  const auto line = nlohmann::json::parse(*read_file(dir / "log"));
  EXPECT_EQ(line["message"], "served");
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["size"], 42);
  EXPECT_EQ(line["key"].get<std::string>().substr(0, 9), "quote \" b");
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  const testing::TempDir dir;
  const auto log = open_log({.level = LogLevel::warn, .file = dir / "log"});
  ASSERT_TRUE(log);
  (*log)->info("quiet");
  (*log)->warn("loud");
  const auto text = *read_file(dir / "log");
  EXPECT_EQ(text.find("quiet"), std::string::npos);
  EXPECT_NE(text.find("loud"), std::string::npos);
}

TEST(Log, LevelsAreReadByName) {
  EXPECT_EQ(*parse_log_level("debug"), LogLevel::debug);
  EXPECT_NE(parse_log_level("loud").error().message.find("trace, debug"), std::string::npos);
}

}  // namespace
}  // namespace fabrik
