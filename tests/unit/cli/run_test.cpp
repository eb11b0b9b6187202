#include "cli/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/commands.hpp"

namespace fabrik::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

struct Outcome {
  int status;
  std::string out;
  std::string err;
};

Outcome run_with(const std::vector<std::string>& arguments, Env::Map variables = {},
                 bool terminal = false) {
  const Env env(std::move(variables));
  std::ostringstream out;
  std::ostringstream err;
  const int status = run(arguments, {.env = env,
                                     .executable = "/nowhere/fabrik",
                                     .out = out,
                                     .err = err,
                                     .out_is_terminal = terminal});
  return {status, out.str(), err.str()};
}

TEST(Run, NamesTheNearestCommand) {
  const Outcome outcome = run_with({"versoin"});
  EXPECT_EQ(outcome.status, kExitUsage);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("unknown command versoin; did you mean `fabrik version`?"));
}

TEST(Run, CallsAnUnknownOptionAnOption) {
  const Outcome outcome = run_with({"--zzz"});
  EXPECT_EQ(outcome.status, kExitUsage);
  EXPECT_THAT(outcome.err, HasSubstr("unknown option --zzz"));
}

TEST(Run, PutsTheCommandBeforeItsErrors) {
  const Outcome outcome = run_with({"version", "--jsn"});
  EXPECT_EQ(outcome.status, kExitUsage);
  EXPECT_THAT(outcome.err, StartsWith("fabrik version: unknown option --jsn"));
  EXPECT_THAT(outcome.err, HasSubstr("`fabrik version --help`"));

  const Outcome failed = run_with({"completions", "tcsh"});
  EXPECT_EQ(failed.status, kExitUsage);
  EXPECT_THAT(failed.err, StartsWith("fabrik completions: "));
  EXPECT_THAT(failed.out, IsEmpty());
}

TEST(Run, KnowsThreeWaysToAskForHelpOnACommand) {
  const Outcome by_command = run_with({"help", "version"});
  EXPECT_EQ(by_command.status, 0);
  EXPECT_THAT(by_command.out, HasSubstr("Usage: fabrik version"));
  EXPECT_EQ(run_with({"version", "--help"}).out, by_command.out);
  EXPECT_EQ(run_with({"version", "-h"}).out, by_command.out);
  EXPECT_EQ(run_with({"--help"}).out, run_with({"help"}).out);
}

TEST(Run, PrintsTheVersionForPeopleAndScripts) {
  EXPECT_THAT(run_with({"--version"}).out, StartsWith("fabrik "));
  EXPECT_EQ(run_with({"-V"}).out, run_with({"version"}).out);
  const auto json = nlohmann::json::parse(run_with({"version", "--json"}).out);
  EXPECT_EQ("fabrik " + json.at("version").get<std::string>() + "\n", run_with({"version"}).out);
}

TEST(Run, UsesColourOnATerminalWithoutNoColor) {
  EXPECT_THAT(run_with({"help"}, {}, true).out, HasSubstr("\033["));
  for (const Env::Map& variables : {Env::Map{{"NO_COLOR", "1"}}, Env::Map{{"TERM", "dumb"}}}) {
    EXPECT_EQ(run_with({"help"}, variables, true).out, run_with({"help"}).out);
  }
  EXPECT_EQ(run_with({"help"}).out.find("\033["), std::string::npos);
}

TEST(Run, FailsWhenTheOutputCannotBeWritten) {
  const Env env;
  std::ostringstream out;
  std::ostringstream err;
  out.setstate(std::ios::badbit);
  EXPECT_EQ(run({"version"}, {.env = env, .executable = "", .out = out, .err = err}), 74);
  EXPECT_THAT(err.str(), HasSubstr("standard output"));
}

}  // namespace
}  // namespace fabrik::cli
