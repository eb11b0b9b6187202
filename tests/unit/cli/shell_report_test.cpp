#include "cli/shell_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "activate/shell_state.hpp"
#include "activate/variables.hpp"

namespace fabrik::cli {
namespace {

using ::testing::HasSubstr;

activate::DaemonStatus daemon() {
  activate::DaemonStatus status;
  status.http_port = 4711;
  status.supervisor_pid = 77;
  status.config_hash = "0123456789abcdef";
  return status;
}

activate::ShellState state_of(std::initializer_list<std::pair<std::string, std::string>> set) {
  activate::ShellState state{
      .config_path = "/p/fabrik.toml", .config_hash = "0123456789abcdef", .daemon_pid = 77};
  for (const auto& [name, value] : set) {
    state.records.push_back({.name = name, .ours = activate::fingerprint(value)});
  }
  return state;
}

Env::Map exported() {
  return {{"FABRIK_HTTP_URL", "http://127.0.0.1:4711"},
          {"FABRIK_CONFIG_HASH", "0123456789abcdef"},
          {"FABRIK_DAEMON_PID", "77"},
          {"TURBO_API", "http://127.0.0.1:4711"},
          {"HOME", "/home/x"}};
}

ShellReport inspect(const Env::Map& variables) {
  const auto status = daemon();
  return inspect_shell(Env(variables), &status);
}

TEST(ShellReport, IsRightWhenEverythingNamesTheDaemon) {
  const ShellReport report = inspect(exported());
  EXPECT_EQ(report.state, ShellReport::State::right);
  EXPECT_EQ(report.problem, "");
  ASSERT_EQ(report.variables.size(), 4u);  // ours, in the order of the table
  EXPECT_EQ(report.variables[0].first, "FABRIK_HTTP_URL");
  EXPECT_EQ(report.variables[3].first, "TURBO_API");
}

TEST(ShellReport, KnowsAShellWithoutVariables) {
  EXPECT_EQ(inspect({{"TURBO_API", "https://example.com"}}).state, ShellReport::State::none);
  EXPECT_EQ(inspect_shell(Env(), nullptr).state, ShellReport::State::none);
}

TEST(ShellReport, NamesWhatIsStale) {
  for (const auto& [name, value, said] :
       {std::tuple("FABRIK_HTTP_URL", "http://127.0.0.1:1", "the daemon listens on"),
        std::tuple("FABRIK_CONFIG_HASH", "ffffffffffffffff", "another version of fabrik.toml"),
        std::tuple("FABRIK_DAEMON_PID", "78", "an earlier daemon")}) {
    Env::Map variables = exported();
    variables[name] = value;
    const ShellReport report = inspect(variables);
    EXPECT_EQ(report.state, ShellReport::State::stale) << name;
    EXPECT_THAT(report.problem, HasSubstr(said));
  }
  EXPECT_EQ(inspect_shell(Env(exported()), nullptr).state, ShellReport::State::stale);
}

TEST(ShellReport, KeepsTheUsersOwnValuesToItself) {
  Env::Map variables = exported();
  variables["TURBO_TOKEN"] = "users-secret";
  variables["GRADLE_OPTS"] =
      "-Dpassword=secret -Dfabrik.gradle.url=http://127.0.0.1:4711/cache/ -Xmx1g";
  variables["CCACHE_REMOTE_STORAGE"] = "redis://user:secret@cache.example";
  variables[std::string(activate::kStateVariable)] = activate::encode(
      state_of({{"TURBO_API", "http://127.0.0.1:4711"}, {"TURBO_TOKEN", "fabrik-local"}}));
  const ShellReport report = inspect(variables);
  for (const auto& [name, value] : report.variables) {
    EXPECT_EQ(value.value_or("").find("secret"), std::string::npos) << name;
    if (name == "GRADLE_OPTS") {
      EXPECT_EQ(value, "-Dfabrik.gradle.url=http://127.0.0.1:4711/cache/");
    }
    EXPECT_EQ(value.has_value(), name != "TURBO_TOKEN" && name != "CCACHE_REMOTE_STORAGE") << name;
  }
}

TEST(ShellReport, ShowsEveryValueThatActivationSet) {
  Env::Map variables = exported();
  variables["BAZELRC"] = "/state/fabrik/projects/1.bazelrc";
  variables["SCCACHE_BUCKET"] = "fabrik-1";
  variables[std::string(activate::kStateVariable)] =
      activate::encode(state_of({{"TURBO_API", "http://127.0.0.1:4711"},
                                 {"BAZELRC", "/state/fabrik/projects/1.bazelrc"},
                                 {"SCCACHE_BUCKET", "fabrik-1"}}));
  for (const auto& [name, value] : inspect(variables).variables) {
    EXPECT_EQ(value, variables[name]) << name;
  }
}

TEST(ShellReport, NeverShowsTheProjectsToken) {
  Env::Map variables = exported();
  variables["FABRIK_TOKEN"] = "s3cr3t";
  variables["TURBO_TOKEN"] = "s3cr3t";
  variables["CCACHE_REMOTE_STORAGE"] = "http://x:s3cr3t@127.0.0.1:4711/ccache";
  variables[std::string(activate::kStateVariable)] = activate::encode(state_of(
      {{"TURBO_TOKEN", "s3cr3t"}, {"CCACHE_REMOTE_STORAGE", variables["CCACHE_REMOTE_STORAGE"]}}));
  for (const auto& [name, value] : inspect(variables).variables) {
    EXPECT_EQ(value.value_or("").find("s3cr3t"), std::string::npos) << name;
  }
}

TEST(ShellReport, SeesAVariableThatSomebodyReplaced) {
  Env::Map variables = exported();
  variables[std::string(activate::kStateVariable)] =
      activate::encode(state_of({{"TURBO_API", "http://127.0.0.1:4711"}}));
  EXPECT_EQ(inspect(variables).state, ShellReport::State::right);

  variables["TURBO_API"] = "https://elsewhere.example";
  EXPECT_THAT(inspect(variables).problem, HasSubstr("TURBO_API was changed"));
  variables.erase("TURBO_API");
  EXPECT_THAT(inspect(variables).problem, HasSubstr("TURBO_API was changed"));
}

}  // namespace
}  // namespace fabrik::cli
