#include "activate/env_plan.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "activate/variables.hpp"

namespace fabrik::activate {
namespace {

using Values = std::map<std::string, std::string>;

const SccacheFacts kUsable{
    .build = SccacheBuild::usable, .program = "/bin/sccache", .socket_dir = "/run/user/1/fabrik"};

Values plan(std::vector<std::string> tools, Env::Map user = {}, bool gradle_is_set_up = false,
            std::string token = {}) {
  config::Config config;
  config.build_tools.enabled = std::move(tools);
  DaemonStatus status;
  status.http_port = 4711;
  status.grpc_port = 4712;
  status.supervisor_pid = 99;
  status.access_token = std::move(token);
  status.config_hash = "00112233aabbccdd";
  status.bazelrc = "/state/projects/p.bazelrc";
  status.project_id = "0011223344556677";
  config.build_tools.sccache.launchers = {"rust", "c", "c++"};
  Values values;
  for (Assignment& assignment :
       plan_environment(config, status, Env(std::move(user)), gradle_is_set_up, kUsable)) {
    values.emplace(std::move(assignment.name), std::move(assignment.value));
  }
  return values;
}

TEST(EnvPlan, TellsEveryProjectWhereItsDaemonIs) {
  EXPECT_EQ(plan({}), (Values{{"FABRIK_HTTP_URL", "http://127.0.0.1:4711"},
                              {"FABRIK_CONFIG_HASH", "00112233aabbccdd"},
                              {"FABRIK_DAEMON_PID", "99"}}));
}

TEST(EnvPlan, NamesTheGrpcPortWhereBazelIsServed) {
  EXPECT_EQ(plan({"bazel"}).at("FABRIK_GRPC_URL"), "grpc://127.0.0.1:4712");
  EXPECT_FALSE(plan({"gradle"}).contains("FABRIK_GRPC_URL"));
}

TEST(EnvPlan, GivesEveryToolTheTokenThroughItsOwnChannelInTokenMode) {
  const std::string token = "00112233445566778899aabbccddeeff";
  config::Config config;
  config.build_tools.enabled = {"gradle", "nx", "turborepo", "ccache", "rush"};
  DaemonStatus status;
  status.http_port = 4711;
  status.access_token = token;
  Values values;
  for (Assignment& one :
       plan_environment(config, status, Env(Env::Map{{"TURBO_TOKEN", "mine"}}), false)) {
    values.emplace(std::move(one.name), std::move(one.value));
  }
  EXPECT_EQ(values.at("FABRIK_TOKEN"), token);
  EXPECT_EQ(values.at("NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN"), token);
  EXPECT_EQ(values.at("TURBO_TOKEN"), token) << "another one would be refused";
  EXPECT_EQ(values.at("CCACHE_REMOTE_STORAGE"),
            "http://fabrik:" + token + "@127.0.0.1:4711/ccache");
  const auto rush = nlohmann::json::parse(values.at("RUSH_BUILD_CACHE_OVERRIDE_JSON"));
  EXPECT_EQ(rush["httpConfiguration"]["headers"]["Authorization"], "Bearer " + token);
  EXPECT_EQ(values.at("GRADLE_OPTS").find(token), std::string::npos)
      << "arguments of a process can be read by every user";
  EXPECT_EQ(values.at("GRADLE_BUILD_CACHE_URL"), "http://127.0.0.1:4711/cache/");
}

TEST(EnvPlan, GivesGradleAUrlThatEndsInASlash) {
  const Values values = plan({"gradle"});
  EXPECT_EQ(values.at("GRADLE_BUILD_CACHE_URL"), "http://127.0.0.1:4711/cache/");
  EXPECT_EQ(values.at("GRADLE_OPTS"), "-Dfabrik.gradle.url=http://127.0.0.1:4711/cache/");
}

TEST(EnvPlan, TellsWhereTheRegistryIs) {
  EXPECT_EQ(plan({"buildkit"}).at("FABRIK_OCI_REGISTRY"), "127.0.0.1:4711");
}

TEST(EnvPlan, LeavesToolsAloneThatTheUserConfigures) {
  config::Config config;
  config.build_tools.enabled = {"nx", "turborepo"};
  config.build_tools.not_auto_configured = {"nx"};
  DaemonStatus status;
  status.http_port = 4711;
  for (const Assignment& assignment : plan_environment(config, status, Env(), false)) {
    EXPECT_FALSE(assignment.name.starts_with("NX_")) << assignment.name;
  }
}

TEST(EnvPlan, AddsToTheUsersGradleOptions) {
  EXPECT_EQ(plan({"gradle"}, {{"GRADLE_OPTS", "-Xmx2g '-Da=b c'"}}).at("GRADLE_OPTS"),
            "-Xmx2g '-Da=b c' -Dfabrik.gradle.url=http://127.0.0.1:4711/cache/");
}

TEST(EnvPlan, ReplacesAnEarlierUrlInGradleOptions) {
  EXPECT_EQ(plan({"gradle"}, {{"GRADLE_OPTS", "-Da -Dfabrik.gradle.url=http://x/ -Db"}})
                .at("GRADLE_OPTS"),
            "-Da -Db -Dfabrik.gradle.url=http://127.0.0.1:4711/cache/");
}

TEST(EnvPlan, SwitchesGradlesCacheOnForAUserWhoSetGradleUp) {
  EXPECT_EQ(plan({"gradle"}, {{"GRADLE_OPTS", "-Xmx2g"}}, true).at("GRADLE_OPTS"),
            "-Xmx2g -Dorg.gradle.caching=true "
            "-Dfabrik.gradle.url=http://127.0.0.1:4711/cache/");
  EXPECT_EQ(
      plan({"gradle"}, {{"GRADLE_OPTS", "-Dorg.gradle.caching=false"}}, true).at("GRADLE_OPTS"),
      "-Dorg.gradle.caching=false -Dfabrik.gradle.url=http://127.0.0.1:4711/cache/");
}

TEST(EnvPlan, PointsNxAtTheRoot) {
  const Values values = plan({"nx"});
  EXPECT_EQ(values.at("NX_SELF_HOSTED_REMOTE_CACHE_SERVER"), "http://127.0.0.1:4711");
  EXPECT_EQ(values.at("NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN"), "fabrik-local");
}

TEST(EnvPlan, GivesTurborepoATokenAndATeamBecauseItNeedsBoth) {
  const Values values = plan({"turborepo"});
  EXPECT_EQ(values.at("TURBO_API"), "http://127.0.0.1:4711");
  EXPECT_FALSE(values.at("TURBO_TOKEN").empty());
  EXPECT_FALSE(values.at("TURBO_TEAM").empty());
}

TEST(EnvPlan, LeavesTurborepoAloneWhenTheUserHasAServer) {
  const Values values = plan({"turborepo"}, {{"TURBO_API", "https://cache.example"}});
  EXPECT_FALSE(values.contains("TURBO_API"));
  EXPECT_FALSE(values.contains("TURBO_TOKEN"));
  EXPECT_FALSE(values.contains("TURBO_TEAM"));
}

TEST(EnvPlan, KeepsTheUsersTurborepoTokenAndTeam) {
  const Values values = plan({"turborepo"}, {{"TURBO_TOKEN", "mine"}, {"TURBO_TEAM", "us"}});
  EXPECT_TRUE(values.contains("TURBO_API"));
  EXPECT_FALSE(values.contains("TURBO_TOKEN"));
  EXPECT_FALSE(values.contains("TURBO_TEAM"));
}

TEST(EnvPlan, NeverSetsATeamBesideTheUsersTeamId) {
  EXPECT_FALSE(plan({"turborepo"}, {{"TURBO_TEAMID", "team_1"}}).contains("TURBO_TEAM"));
}

TEST(EnvPlan, TreatsAnEmptyVariableAsNotSet) {
  const Values values =
      plan({"turborepo", "ccache"},
           {{"TURBO_API", ""}, {"TURBO_TOKEN", ""}, {"CCACHE_REMOTE_STORAGE", ""}});
  EXPECT_TRUE(values.contains("TURBO_API"));
  EXPECT_TRUE(values.contains("TURBO_TOKEN"));
  EXPECT_EQ(values.at("CCACHE_REMOTE_STORAGE"), "http://127.0.0.1:4711/ccache");
}

TEST(EnvPlan, LeavesAnOwnCcacheStorageAlone) {
  EXPECT_FALSE(
      plan({"ccache"}, {{"CCACHE_REMOTE_STORAGE", "redis://x"}}).contains("CCACHE_REMOTE_STORAGE"));
}

TEST(EnvPlan, WritesTheWholeRushConfiguration) {
  const auto json = nlohmann::json::parse(plan({"rush"}).at("RUSH_BUILD_CACHE_OVERRIDE_JSON"));
  EXPECT_EQ(json, (nlohmann::json{
                      {"buildCacheEnabled", true},
                      {"cacheProvider", "http"},
                      {"httpConfiguration",
                       {{"url", "http://127.0.0.1:4711/rush/"}, {"isCacheWriteAllowed", true}}}}));
}

TEST(EnvPlan, NeverSetsBothOfRushsOverrides) {
  for (const char* name :
       {"RUSH_BUILD_CACHE_OVERRIDE_JSON", "RUSH_BUILD_CACHE_OVERRIDE_JSON_FILE_PATH"}) {
    EXPECT_FALSE(plan({"rush"}, {{name, "x"}}).contains("RUSH_BUILD_CACHE_OVERRIDE_JSON")) << name;
  }
}

TEST(EnvPlan, SetsNothingForToolsThatAreNotEnabled) {
  const Values values = plan({"nx"});
  for (const Variable& variable : variables()) {
    // These two are for every project, but not in every one.
    const bool sometimes = variable.name == "FABRIK_GRPC_URL" || variable.name == "FABRIK_TOKEN";
    EXPECT_EQ(values.contains(std::string(variable.name)),
              (variable.tool.empty() && !sometimes) || variable.tool == "nx")
        << variable.name;
  }
}

TEST(EnvPlan, UsesTheWholeTableWhenEverythingIsEnabled) {
  Values all = plan(config::available_tools(), {}, false, "secret");
  all.merge(plan(config::available_tools()));  // sccache's, which token mode leaves out
  EXPECT_EQ(all.size(), variables().size());
}

TEST(EnvPlan, PointsBazelAtTheRcFileUnlessTheUserHasOne) {
  EXPECT_EQ(plan({"bazel"}).at("BAZELRC"), "/state/projects/p.bazelrc");
  EXPECT_FALSE(plan({"bazel"}, {{"BAZELRC", "/mine"}}).contains("BAZELRC"));
}

TEST(EnvPlan, PointsMoonAtTheHttpCacheUnlessTheUserHasOne) {
  const Values values = plan({"moon"});
  EXPECT_EQ(values.at("MOON_REMOTE_HOST"), "http://127.0.0.1:4711");
  EXPECT_EQ(values.at("MOON_REMOTE_API"), "http");
  EXPECT_FALSE(plan({"moon"}, {{"MOON_REMOTE_HOST", "grpcs://x"}}).contains("MOON_REMOTE_API"));
}

TEST(EnvPlan, LetsVitePlusWriteUnlessTheUserSaysOtherwise) {
  EXPECT_EQ(plan({"vite-plus"}).at("VP_REMOTE_CACHE_URL"), "http://127.0.0.1:4711/vite-plus");
  EXPECT_EQ(plan({"vite-plus"}).at("VP_REMOTE_CACHE"), "read-write");
  EXPECT_FALSE(plan({"vite-plus"}, {{"VP_REMOTE_CACHE", "off"}}).contains("VP_REMOTE_CACHE"));
  EXPECT_FALSE(plan({"vite-plus"}, {{"VP_REMOTE_CACHE_URL", "x"}}).contains("VP_REMOTE_CACHE"));
}

TEST(EnvPlan, AddsToTheUsersMavenOptions) {
  EXPECT_EQ(plan({"maven"}).at("MAVEN_OPTS"),
            "-Dmaven.build.cache.remote.url=http://127.0.0.1:4711/maven");
  EXPECT_EQ(
      plan({"maven"}, {{"MAVEN_OPTS", "-Xmx2g -Dmaven.build.cache.remote.url=x"}}).at("MAVEN_OPTS"),
      "-Xmx2g -Dmaven.build.cache.remote.url=http://127.0.0.1:4711/maven");
}

// --- sccache ---

Values sccache_plan(const SccacheFacts& facts, Env::Map user = {},
                    const std::function<void(config::SccacheConfig&)>& change = {}) {
  config::Config config;
  config.build_tools.enabled = {"sccache"};
  if (change) {
    change(config.build_tools.sccache);
  }
  DaemonStatus status;
  status.http_port = 4711;
  status.project_id = "0011223344556677";
  Values values;
  for (Assignment& one : plan_environment(config, status, Env(std::move(user)), false, facts)) {
    if (!one.name.starts_with("FABRIK_")) {
      values.emplace(std::move(one.name), std::move(one.value));
    }
  }
  return values;
}

TEST(EnvPlan, GivesSccacheABucketAndAServerOfTheProject) {
  EXPECT_EQ(sccache_plan(kUsable),
            (Values{{"SCCACHE_BUCKET", "fabrik-0011223344556677"},
                    {"SCCACHE_ENDPOINT", "http://127.0.0.1:4711/s3"},
                    {"SCCACHE_REGION", "auto"},
                    {"SCCACHE_S3_USE_SSL", "false"},
                    {"SCCACHE_S3_NO_CREDENTIALS", "true"},
                    {"SCCACHE_SERVER_UDS", "/run/user/1/fabrik/00112233-4711.sock"},
                    {"SCCACHE_SERVER_PORT", std::to_string(10240 + 0x0011223 % 22528)},
                    {"SCCACHE_IDLE_TIMEOUT", "300"},
                    {"SCCACHE_IGNORE_SERVER_IO_ERROR", "1"}}));
}

TEST(EnvPlan, AnSccacheWithoutS3IsToldNothing) {
  SccacheFacts facts = kUsable;
  facts.build = SccacheBuild::without_s3;
  EXPECT_EQ(sccache_plan(facts), Values{});
}

TEST(EnvPlan, AnSccacheThatComesLaterFindsItsVariables) {
  SccacheFacts facts;
  const Values values = sccache_plan(
      facts, {}, [](config::SccacheConfig& config) { config.launchers = {"rust", "c", "c++"}; });
  EXPECT_TRUE(values.contains("SCCACHE_BUCKET"));
  EXPECT_FALSE(values.contains("SCCACHE_SERVER_UDS"));
  EXPECT_FALSE(values.contains("RUSTC_WRAPPER"));
}

TEST(EnvPlan, LeavesSccacheAloneThatHasItsOwnRemoteOrNeedsCredentials) {
  EXPECT_EQ(sccache_plan(kUsable, {{"SCCACHE_BUCKET", "mine"}}), Values{});
  EXPECT_EQ(sccache_plan(kUsable, {{"SCCACHE_REDIS_ENDPOINT", "tcp://x"}}), Values{});
  EXPECT_EQ(sccache_plan(kUsable, {},
                         [](config::SccacheConfig& config) { config.credentials_required = true; }),
            Values{});
}

// Unsigned requests are refused there, and sccache fails builds when it is.
TEST(EnvPlan, LeavesSccacheAloneInTokenMode) {
  config::Config config;
  config.build_tools.enabled = {"sccache"};
  DaemonStatus status;
  status.access_token = "00112233445566778899aabbccddeeff";
  for (const Assignment& one : plan_environment(config, status, Env(), false, kUsable)) {
    EXPECT_FALSE(one.name.starts_with("SCCACHE_")) << one.name;
  }
}

TEST(EnvPlan, LaunchersAreSetOnRequestAndNeverOverTheUsers) {
  const auto with = [](Env::Map user) {
    return sccache_plan(kUsable, std::move(user),
                        [](config::SccacheConfig& config) { config.launchers = {"rust", "c++"}; });
  };
  const Values values = with({});
  EXPECT_EQ(values.at("RUSTC_WRAPPER"), "sccache");
  EXPECT_EQ(values.at("CARGO_INCREMENTAL"), "0");
  EXPECT_EQ(values.at("CMAKE_CXX_COMPILER_LAUNCHER"), "sccache");
  EXPECT_FALSE(values.contains("CMAKE_C_COMPILER_LAUNCHER"));
  const Values own = with({{"RUSTC_WRAPPER", "mine"}, {"SCCACHE_IDLE_TIMEOUT", "9"}});
  EXPECT_FALSE(own.contains("RUSTC_WRAPPER"));
  EXPECT_FALSE(own.contains("CARGO_INCREMENTAL"));
  EXPECT_FALSE(own.contains("SCCACHE_IDLE_TIMEOUT"));
}

TEST(EnvPlan, ASocketThatNoKernelCouldBindIsNotNamed) {
  SccacheFacts facts = kUsable;
  facts.socket_dir = "/" + std::string(100, 'x');
  EXPECT_FALSE(sccache_plan(facts).contains("SCCACHE_SERVER_UDS"));
}

TEST(EnvPlan, NoAwsVariableIsEverOurs) {
  for (const Variable& variable : variables()) {
    EXPECT_FALSE(variable.name.starts_with("AWS_")) << variable.name;
  }
}

}  // namespace
}  // namespace fabrik::activate
