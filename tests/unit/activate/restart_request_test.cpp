#include "activate/restart_request.hpp"

#include <gtest/gtest.h>

namespace fabrik::activate {
namespace {

TEST(RestartRequest, CarriesTheSettingsOfTheEnvironmentOnly) {
  const Env caller({{"FABRIK_CONFIG_CACHE_MAX_SIZE", "1GB"},
                    {"FABRIK_CONFIG_HASH", "0123456789abcdef"},
                    {"AWS_SECRET_ACCESS_KEY", "s"},
                    {"HOME", "/home/u"}});
  const auto settings = parse_restart_request(restart_request(caller));
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(*settings, (Env::Map{{"FABRIK_CONFIG_CACHE_MAX_SIZE", "1GB"}}));
}

TEST(RestartRequest, WithoutAnEnvironmentKeepsWhatThereIs) {
  EXPECT_EQ(parse_restart_request("").value(), std::nullopt);
  EXPECT_EQ(parse_restart_request("{}").value(), std::nullopt);
  EXPECT_EQ(parse_restart_request(restart_request(Env())).value(), Env::Map{});
}

TEST(RestartRequest, RefusesWhatIsNoSetting) {
  for (const auto* body : {"[]", "nonsense", R"({"environment": {"PATH": "/evil"}})",
                           R"({"environment": {"FABRIK_CONFIG_HASH": "x"}})",
                           R"({"environment": {"FABRIK_CONFIG_CACHE_DIR": 1}})"}) {
    const auto settings = parse_restart_request(body);
    ASSERT_FALSE(settings) << body;
    EXPECT_EQ(settings.error().code, Errc::invalid_argument);
  }
}

TEST(RestartRequest, ReplacesAllSettingsAndNothingElse) {
  const Env daemon({{"FABRIK_CONFIG_CACHE_MAX_SIZE", "1GB"},
                    {"FABRIK_CONFIG_CACHE_DURABILITY", "sync"},
                    {"HOME", "/home/u"}});
  const Env after = replace_settings(daemon, {{"FABRIK_CONFIG_CACHE_MAX_SIZE", "2GB"}});
  EXPECT_EQ(after.all(), (Env::Map{{"FABRIK_CONFIG_CACHE_MAX_SIZE", "2GB"}, {"HOME", "/home/u"}}));
}

}  // namespace
}  // namespace fabrik::activate
