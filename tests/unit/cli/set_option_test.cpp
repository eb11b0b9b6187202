#include "cli/set_option.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "activate/variables.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"

namespace fabrik::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class SetOption : public ::testing::Test {
 protected:
  Invocation with(const std::string& text, const Env& env) {
    return {.options = {{"set", text}},
            .arguments = {},
            .env = env,
            .executable = "/usr/bin/fabrik",
            .out = out_,
            .err = err_};
  }
  std::string error_for(const std::string& text) {
    const Env env;
    const auto flags = settings_of(with(text, env));
    return flags ? "no error" : flags.error().message;
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(SetOption, ReadsOneSettingALine) {
  const Env env;
  const auto flags = settings_of(with("cache.max_size=1GB\n\nbuild_tools.enabled=nx,rush\n", env));
  ASSERT_TRUE(flags) << flags.error().message;
  EXPECT_THAT(*flags, UnorderedElementsAre(Pair("cache.max_size", "1GB"),
                                           Pair("build_tools.enabled", "nx,rush")));
}

TEST_F(SetOption, BecomesTheVariableOfItsKey) {
  const Env env({{"FABRIK_CONFIG_CACHE_MAX_SIZE", "1GB"}, {"OTHER", "x"}});
  const auto changed = env_with_settings(with("cache.max_size=2GB", env));
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(changed->get("FABRIK_CONFIG_CACHE_MAX_SIZE"), "2GB");
  EXPECT_EQ(changed->get("OTHER"), "x");
}

TEST_F(SetOption, SaysWhatIsWrong) {
  EXPECT_THAT(error_for("cache.max_size"), HasSubstr("KEY=VALUE"));
  EXPECT_THAT(error_for("=1"), HasSubstr("KEY=VALUE"));
  EXPECT_THAT(error_for("cache.max_sice=1GB"), HasSubstr("did you mean \"cache.max_size\"?"));
  EXPECT_THAT(error_for("cache.max_size=5 bananas"), HasSubstr("cache.max_size"));
}

TEST_F(SetOption, MayBeRepeatedOnACommandLineAndInTheEnvironment) {
  const std::vector<std::string> arguments = {"--set", "cache.max_size=1GB",
                                              "--set=build_tools.enabled=nx,rush"};
  const auto given = parse_options(kDaemonCommand, arguments, Env());
  ASSERT_TRUE(given) << given.error().message;
  EXPECT_EQ(given->options.at("set"), "cache.max_size=1GB\nbuild_tools.enabled=nx,rush");
  const auto from_env = parse_options(kDaemonCommand, {}, Env({{"FABRIK_SET", "a=1\nb=2"}}));
  EXPECT_EQ(from_env->options.at("set"), "a=1\nb=2");
}

// Every option of every command, by the rule or by its own name.
TEST(EnvironmentNames, StandForEveryOption) {
  for (const Command* command : commands()) {
    for (const Option& option : command->options) {
      const std::string name = env_name(*command, option);
      if (command->hidden) {
        EXPECT_EQ(name, "");
        continue;
      }
      SCOPED_TRACE(std::string(command->name) + " --" + std::string(option.name) + " " + name);
      const std::string value = option.value.empty() ? "1" : "some value";
      const auto parsed = parse_options(*command, {}, Env({{name, value}}));
      ASSERT_TRUE(parsed) << parsed.error().message;
      ASSERT_TRUE(parsed->options.contains(option.name));
      EXPECT_EQ(parsed->options.at(std::string(option.name)), option.value.empty() ? "" : value);
    }
  }
}

TEST(EnvironmentNames, AreNeverSettingsNorWhatActivationExports) {
  for (const Command* command : commands()) {
    for (const Option& option : command->options) {
      const std::string name = env_name(*command, option);
      EXPECT_FALSE(name.starts_with("FABRIK_CONFIG_")) << name;
      EXPECT_FALSE(name != "GRADLE_USER_HOME" && activate::find_variable(name)) << name;
    }
  }
}

TEST(EnvironmentNames, MeanOneThingEach) {
  std::map<std::string, std::string_view> meanings;
  for (const Command* command : commands()) {
    for (const Option& option : command->options) {
      const std::string name = env_name(*command, option);
      const auto [known, inserted] = meanings.emplace(name, option.name);
      EXPECT_TRUE(inserted || name.empty() || known->second == option.name) << name;
    }
  }
}

}  // namespace
}  // namespace fabrik::cli
