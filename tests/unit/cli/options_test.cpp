#include "cli/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fabrik::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Option kOptions[] = {
    {.name = "force", .letter = 'f', .help = "a switch", .env = "T_FORCE"},
    {.name = "config", .letter = 'c', .value = "FILE", .help = "a value", .env = "T_CONFIG"},
    {.name = "json", .help = "long only"},
};
constexpr Command kPlain = {.name = "plain",
                            .arguments = "[NAME]",
                            .summary = "",
                            .details = "",
                            .options = kOptions,
                            .run = nullptr};
constexpr Command kRunner = {.name = "runner",
                             .arguments = "-- COMMAND",
                             .summary = "",
                             .details = "",
                             .options = kOptions,
                             .takes_command = true,
                             .run = nullptr};

Result<ParsedOptions> parse(const Command& command, std::vector<std::string> arguments,
                            Env::Map env = {}) {
  return parse_options(command, arguments, Env(std::move(env)));
}

std::string error_of(const Result<ParsedOptions>& result) {
  return result ? "no error" : result.error().message;
}

TEST(Options, ReadsSwitchesAndValuesInAllTheirSpellings) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--force", "--config", "a,b=c.toml"},
                                             {"--config=a,b=c.toml", "--force"},
                                             {"-f", "-c", "a,b=c.toml"},
                                             {"-fc", "a,b=c.toml"},
                                             {"-fc", "a,b=c.toml"}}) {
    const auto parsed = parse(kPlain, arguments);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->options.at("config"), "a,b=c.toml");
    EXPECT_TRUE(parsed->options.contains("force"));
    EXPECT_FALSE(parsed->options.contains("json"));
    EXPECT_THAT(parsed->arguments, IsEmpty());
  }
}

TEST(Options, KeepsArgumentsInOrderAroundOptions) {
  const auto parsed = parse(kPlain, {"one", "--force", "two,three", "-", "--", "--json", "--"});
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_THAT(parsed->arguments, ElementsAre("one", "two,three", "-", "--json", "--"));
  EXPECT_FALSE(parsed->options.contains("json"));
}

TEST(Options, LeaveAChildCommandAlone) {
  const auto bare = parse(kRunner, {"-f", "make", "-f", "x", "--", "--unknown"});
  ASSERT_TRUE(bare) << bare.error().message;
  EXPECT_THAT(bare->arguments, ElementsAre("make", "-f", "x", "--", "--unknown"));

  const auto marked = parse(kRunner, {"--config", "x", "--", "--odd-program", "--help"});
  ASSERT_TRUE(marked) << marked.error().message;
  EXPECT_THAT(marked->arguments, ElementsAre("--odd-program", "--help"));
  EXPECT_FALSE(marked->help);
}

TEST(Options, TakeAValueThatLooksLikeTheEndOfOptions) {
  const auto parsed = parse(kRunner, {"--config", "--", "-f", "make"});
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->options.at("config"), "--");
  EXPECT_TRUE(parsed->options.contains("force"));
  EXPECT_THAT(parsed->arguments, ElementsAre("make"));
}

TEST(Options, NameTheNearestWhenOneIsUnknown) {
  EXPECT_THAT(error_of(parse(kPlain, {"--forse"})), HasSubstr("did you mean --force?"));
  EXPECT_THAT(error_of(parse(kPlain, {"--conf=x"})), HasSubstr("did you mean --config?"));
  EXPECT_THAT(error_of(parse(kPlain, {"-x"})), HasSubstr("-x"));
  EXPECT_THAT(error_of(parse(kPlain, {"--zzzzzz"})), ::testing::Not(HasSubstr("mean")));
}

TEST(Options, RefuseAMissingOrExtraValue) {
  EXPECT_FALSE(parse(kPlain, {"--config"}));
  EXPECT_FALSE(parse(kPlain, {"-c"}));
  EXPECT_FALSE(parse(kPlain, {"--force=maybe"}));
}

TEST(Options, SeeHelpAnywhereBeforeTheChildCommand) {
  EXPECT_TRUE(parse(kPlain, {"x", "-h"})->help);
  EXPECT_TRUE(parse(kRunner, {"--help", "make"})->help);
  EXPECT_FALSE(parse(kRunner, {"make", "--help"})->help);
}

TEST(Options, TakeValuesFromTheEnvironmentUnlessGiven) {
  const auto from_env = parse(kPlain, {}, {{"T_CONFIG", "env.toml"}, {"T_FORCE", "yes"}});
  ASSERT_TRUE(from_env) << from_env.error().message;
  EXPECT_EQ(from_env->options.at("config"), "env.toml");
  EXPECT_TRUE(from_env->options.contains("force"));

  const auto given = parse(kPlain, {"-c", "flag.toml"}, {{"T_CONFIG", "env.toml"}});
  EXPECT_EQ(given->options.at("config"), "flag.toml");

  const auto off = parse(kPlain, {}, {{"T_CONFIG", ""}, {"T_FORCE", "0"}});
  ASSERT_TRUE(off);
  EXPECT_THAT(off->options, IsEmpty());

  EXPECT_THAT(error_of(parse(kPlain, {}, {{"T_FORCE", "perhaps"}})), HasSubstr("T_FORCE=perhaps"));
}

}  // namespace
}  // namespace fabrik::cli
