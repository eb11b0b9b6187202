// Settings from the file, the environment and the command line, as the real
// `fabrik` and the real worker see them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/daemon_fixture.hpp"
#include "tests/support/key_samples.hpp"

namespace fabrik {
namespace {

using nlohmann::json;
using testing::concrete_name;
using testing::DaemonFixture;
using testing::Finished;
using ::testing::HasSubstr;
using testing::sample_values;
using ::testing::StartsWith;

class CliSettings : public ::testing::Test, protected DaemonFixture {
 protected:
  CliSettings() : DaemonFixture(FABRIKD_BINARY) {}

  // A file that sets every key to its first sample.
  static std::string whole_file() {
    std::string plain;
    std::string upstream = "[[upstream]]\n";
    for (const config::Key& key : config::keys()) {
      const std::string name = concrete_name(key);
      const std::string value = " = " + config::to_literal(key, sample_values(key)[0]) + "\n";
      if (name.starts_with("upstream.0.")) {
        upstream += name.substr(std::string_view("upstream.0.").size()) + value;
      } else {
        plain += name + value;
      }
    }
    return plain + upstream;
  }
  // The other samples, as words of a command line.
  static std::string variables() {
    std::string text;
    for (const config::Key& key : config::keys()) {
      text += config::env_name(concrete_name(key)) + "='" + sample_values(key)[1] + "' ";
    }
    return text;
  }
  static std::string flags() {
    std::string text;
    for (const config::Key& key : config::keys()) {
      text += " --set '" + concrete_name(key) + "=" + sample_values(key)[2] + "'";
    }
    return text;
  }
  json shown(const std::string& before, const std::string& after) const {
    const Finished finished = sh(before + "\"$FABRIK\" config show --origin --json" + after);
    const auto parsed = json::parse(finished.out, nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << finished.out;
    return parsed;
  }
  // Every key has the sample and an origin that starts like this.
  static void expect_all(const json& settings, std::size_t sample, const std::string& origin) {
    for (const config::Key& key : config::keys()) {
      const std::string name = concrete_name(key);
      ASSERT_TRUE(settings.contains(name)) << name;
      const json& setting = settings.at(name);
      EXPECT_THAT(setting.at("origin").get<std::string>(),
                  StartsWith(origin == "env" ? config::env_name(name) : origin))
          << name;
      if (!key.secret) {
        json value = setting.at("value");
        const std::string text = value.is_array()    ? value.at(0).get<std::string>()
                                 : value.is_string() ? value.get<std::string>()
                                                     : value.dump();
        EXPECT_EQ(text, sample_values(key)[sample]) << name;
      }
    }
  }
  std::uint64_t cache_budget() const {
    return json::parse(sh("\"$FABRIK\" stats --json").out).at("store").at("max_bytes");
  }
  std::string run(const std::string& arguments) const {
    return sh("\"$FABRIK\" " + arguments + " 2>&1").out;
  }
};

TEST_F(CliSettings, FlagOverEnvironmentOverFileForEveryKey) {
  configure(whole_file());
  EXPECT_EQ(sh("\"$FABRIK\" trust").status, 0);
  expect_all(shown("", ""), 0, (project() / "fabrik.toml").string() + ":");
  expect_all(shown(variables(), ""), 1, "env");
  expect_all(shown(variables(), flags()), 2, "flag");
}

TEST_F(CliSettings, DefaultsFillWhatNobodySet) {
  configure("");
  const json settings = shown("", "");
  for (const config::Key& key : config::keys()) {
    if (!key.is_pattern() && key.name != "cache.dir") {
      EXPECT_EQ(settings.at(std::string(key.name)).at("origin"), "default") << key.name;
    }
  }
}

TEST_F(CliSettings, ReachTheDaemonThatACommandStarts) {
  configure("cache.max_size = \"1GB\"\n");
  EXPECT_EQ(sh("FABRIK_CONFIG_CACHE_MAX_SIZE=2GB \"$FABRIK\" exec --set cache.max_size=3GB -- true")
                .status,
            0);
  EXPECT_EQ(cache_budget(), 3'000'000'000U);
  EXPECT_THAT(run("exec --set cache.max_size=4GB -- echo built"),
              AllOf(HasSubstr("keeps its settings"), HasSubstr("built")));
  EXPECT_EQ(cache_budget(), 3'000'000'000U);
}

TEST_F(CliSettings, ARestartTakesThemFromItsCaller) {
  configure("cache.max_size = \"1GB\"\n");
  const auto before = up();
  EXPECT_EQ(cache_budget(), 1'000'000'000U);
  EXPECT_EQ(sh("FABRIK_CONFIG_CACHE_MAX_SIZE=2GB \"$FABRIK\" restart").status, 0);
  EXPECT_EQ(cache_budget(), 2'000'000'000U);
  EXPECT_EQ(
      sh("FABRIK_CONFIG_CACHE_MAX_SIZE=2GB \"$FABRIK\" restart --set cache.max_size=3GB").status,
      0);
  EXPECT_EQ(cache_budget(), 3'000'000'000U);
  EXPECT_EQ(sh("\"$FABRIK\" restart").status, 0);
  EXPECT_EQ(cache_budget(), 1'000'000'000U) << "back to the file";
  EXPECT_EQ(status()->supervisor_pid, before.supervisor_pid);
  EXPECT_EQ(status()->http_port, before.http_port);
}

TEST_F(CliSettings, ARestartWithABadSettingChangesNothing) {
  const auto before = up();
  const Finished finished = sh("FABRIK_CONFIG_CACHE_MAX_SIZE='5 bananas' \"$FABRIK\" restart 2>&1");
  EXPECT_NE(finished.status, 0);
  EXPECT_THAT(finished.out, HasSubstr("FABRIK_CONFIG_CACHE_MAX_SIZE"));
  EXPECT_EQ(status()->worker_pid, before.worker_pid);
}

TEST_F(CliSettings, SurviveAnUpgradeOfTheProgram) {
  EXPECT_EQ(sh("\"$FABRIK\" restart --set cache.max_size=3GB").status, 0);
  install_other_build();
  up();
  EXPECT_EQ(cache_budget(), 3'000'000'000U);
}

TEST_F(CliSettings, ShowInActivationAndNotInItsHook) {
  EXPECT_THAT(run("activate --status --shell sh --set build_tools.enabled=ccache"),
              AllOf(HasSubstr("CCACHE_REMOTE_STORAGE"), ::testing::Not(HasSubstr("TURBO_API"))));
  const Finished hook = sh("\"$FABRIK\" activate bash --set cache.max_size=1GB 2>&1");
  EXPECT_EQ(hook.status, 64);
  EXPECT_THAT(hook.out, HasSubstr("--status"));
}

TEST_F(CliSettings, SayWhatIsWrongAndRunNothing) {
  for (const auto* command : {"exec --set x=1 -- echo built", "daemon --set x=1",
                              "restart --set x=1", "config show --set x=1"}) {
    const Finished finished = sh("\"$FABRIK\" " + std::string(command) + " 2>&1");
    EXPECT_EQ(finished.status, 64) << command;
    EXPECT_THAT(finished.out, HasSubstr("no key \"x\"")) << command;
    EXPECT_THAT(finished.out, ::testing::Not(HasSubstr("built")));
  }
  EXPECT_FALSE(status());
}

}  // namespace
}  // namespace fabrik
