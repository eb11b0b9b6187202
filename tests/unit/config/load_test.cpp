#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/keys.hpp"
#include "config/settings.hpp"
#include "tests/unit/config/support.hpp"

namespace fabrik::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::load_text;

// Everything in a Config, so that two can be compared.
std::string dump(const Config& config) {
  std::string tools;
  for (const std::string& tool : config.build_tools.enabled) {
    tools += tool + ",";
  }
  for (const std::string& tool : config.build_tools.not_auto_configured) {
    tools += "!" + tool + ",";
  }
  std::string out = config.cache.dir.string() + "|" + tools + "|" + config.observability.log_level;
  for (const std::int64_t number :
       {std::int64_t(config.cache.max_size), std::int64_t(config.cache.eviction_policy),
        std::int64_t(config.cache.default_ttl.count()),
        std::int64_t(config.cache.min_lease.count()), std::int64_t(config.cache.durability),
        std::int64_t(config.daemon.http_port), std::int64_t(config.daemon.idle_timeout.count()),
        std::int64_t(config.runtime.graceful_shutdown_timeout.count()),
        std::int64_t(config.runtime.max_concurrent_requests),
        std::int64_t(config.runtime.worker_threads)}) {
    out += "|" + std::to_string(number);
  }
  return out;
}

TEST(Load, UsesDefaultsWithoutAnySource) {
  const auto loaded = load(nullptr, {}, {}, Trust::restricted);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(dump(loaded->config), dump(Config{}));
  EXPECT_THAT(loaded->warnings, IsEmpty());
  EXPECT_THAT(loaded->ignored_keys, IsEmpty());
}

TEST(Load, HasTheSameDefaultsInTheTableAndInTheStructs) {
  Config from_table;
  for (const auto& [name, setting] : with_defaults({})) {
    if (setting.key->has_effect() && !setting.text.empty()) {
      setting.key->apply(from_table, instance_of(*setting.key, name), setting.value);
    }
  }
  EXPECT_EQ(dump(from_table), dump(Config{}));
}

TEST(Load, FillsEveryFieldFromTheFile) {
  const auto loaded = load_text(R"(
[cache]
dir = "store"
max_size = "512MiB"
eviction_policy = "lfu"
default_ttl = "7d"
min_lease = "1h"
durability = "sync"
[build_tools]
enabled = ["nx", "gradle"]
[build_tools.nx]
auto_configure = false
[daemon]
http_port = 8080
idle_timeout = "0"
[runtime]
graceful_shutdown_timeout = "250ms"
max_concurrent_requests = 7
worker_threads = 3
[observability]
log_level = "debug"
)");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Config& config = loaded->config;
  EXPECT_EQ(config.cache.dir, "store");
  EXPECT_EQ(config.cache.max_size, 512U * 1024 * 1024);
  EXPECT_EQ(config.cache.eviction_policy, EvictionPolicy::lfu);
  EXPECT_EQ(config.cache.default_ttl, std::chrono::hours(7 * 24));
  EXPECT_EQ(config.cache.min_lease, std::chrono::hours(1));
  EXPECT_EQ(config.cache.durability, Durability::sync);
  EXPECT_THAT(config.build_tools.enabled, ElementsAre("nx", "gradle"));
  EXPECT_TRUE(config.build_tools.is_enabled("nx"));
  EXPECT_FALSE(config.build_tools.is_enabled("rush"));
  EXPECT_FALSE(config.build_tools.is_auto_configured("nx"));
  EXPECT_TRUE(config.build_tools.is_auto_configured("gradle"));
  EXPECT_FALSE(config.build_tools.is_auto_configured("rush"));
  EXPECT_EQ(config.daemon.http_port, 8080);
  EXPECT_EQ(config.daemon.idle_timeout.count(), 0);
  EXPECT_EQ(config.runtime.graceful_shutdown_timeout, std::chrono::milliseconds(250));
  EXPECT_EQ(config.runtime.max_concurrent_requests, 7U);
  EXPECT_EQ(config.runtime.worker_threads, 3U);
  EXPECT_EQ(config.observability.log_level, "debug");
}

TEST(Load, ServesEveryAvailableToolByDefault) {
  EXPECT_THAT(Config{}.build_tools.enabled,
              ElementsAre("gradle", "nx", "turborepo", "ccache", "rush", "bazel", "sccache",
                          "buildkit", "moon", "vite-plus", "maven"));
}

TEST(Load, AcceptsTheOtherNameOfBuildTools) {
  const auto loaded = load_text(
      "[build_systems]\nenabled = [\"rush\"]\n[build_systems.rush]\nauto_configure = false\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->config.build_tools.enabled, ElementsAre("rush"));
  EXPECT_FALSE(loaded->config.build_tools.is_auto_configured("rush"));
}

TEST(Load, AcceptsMetricsBindForApiBind) {
  const Source source = testing::source_of("[observability]\nmetrics_bind = \"127.0.0.1:9\"\n");
  const auto resolved = resolve(&source, {}, {}, Trust::trusted);
  ASSERT_TRUE(resolved) << resolved.error().message;
  EXPECT_EQ(resolved->settings.at("observability.api_bind").text, "\"127.0.0.1:9\"");
}

TEST(Load, WarnsAboutKeysWithoutEffect) {
  const auto loaded = load_text(
      "[cache]\nmax_size = \"1GB\"\n[[upstream]]\nurl = \"grpc://a:1\"\nworkers = 3\n"
      "[build_tools]\nenabled = [\"nx\", \"xcode\"]\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(
      loaded->warnings,
      ElementsAre(
          "/project/fabrik.toml:7: build tool xcode is accepted, without effect in this version",
          "/project/fabrik.toml:4: upstream.0.url is accepted, without effect in this version",
          "/project/fabrik.toml:5: upstream.0.workers is accepted, without effect in this "
          "version"));
  EXPECT_THAT(loaded->ignored_keys, IsEmpty());
}

TEST(Load, WarnsAboutATtlPolicyThatNeverExpires) {
  const auto never = load_text("[cache]\neviction_policy = \"ttl\"\n");
  ASSERT_TRUE(never);
  EXPECT_THAT(never->warnings, Contains(HasSubstr("default_ttl")));
  const auto expires = load_text("[cache]\neviction_policy = \"ttl\"\ndefault_ttl = \"1d\"\n");
  EXPECT_THAT(expires->warnings, IsEmpty());
}

TEST(Load, IgnoresAndReportsPrivilegedKeysOfAStrangersFile) {
  const std::string text =
      "[cache]\nmax_size = \"1GB\"\ndir = \"/var/tmp/elsewhere\"\n[[upstream]]\n"
      "url = \"grpc://evil:1\"\n[auth]\ntoken_file = \"~/.ssh/id_rsa\"\n[fabrik]\n"
      "bind = \"0.0.0.0:1\"\n[observability]\nhealth_bind = \"127.0.0.1:1\"\n"
      "api_bind = \"0.0.0.0:1\"\n";
  const auto restricted = load_text(text, {}, {}, Trust::restricted);
  ASSERT_TRUE(restricted) << restricted.error().message;
  EXPECT_THAT(restricted->ignored_keys, ElementsAre("auth.token_file", "cache.dir", "fabrik.bind",
                                                    "observability.api_bind", "upstream.0.url"));
  EXPECT_EQ(restricted->config.cache.dir, "");
  EXPECT_EQ(restricted->config.cache.max_size, 1'000'000'000U) << "the safe keys count";

  const auto trusted = load_text(text);
  ASSERT_TRUE(trusted);
  EXPECT_THAT(trusted->ignored_keys, IsEmpty());
  EXPECT_EQ(trusted->config.cache.dir, "/var/tmp/elsewhere");
}

TEST(Load, ChecksPrivilegedKeysEvenWhenTheyAreIgnored) {
  const auto loaded = load_text("[[upstream]]\nurl = \"nonsense\"\n", {}, {}, Trust::restricted);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("upstream.0.url"));
}

TEST(Load, TrustsTheUsersOwnFileTheEnvironmentAndFlags) {
  Source source = testing::source_of("[cache]\ndir = \"/elsewhere\"\n");
  source.is_user_config = true;
  EXPECT_EQ(load(&source, {}, {}, Trust::restricted)->config.cache.dir, "/elsewhere");

  const Env env({{"FABRIK_CONFIG_CACHE_DIR", "/from/env"}});
  EXPECT_EQ(load_text("", env, {}, Trust::restricted)->config.cache.dir, "/from/env");
  EXPECT_EQ(load_text("", {}, {{"cache.dir", "/flag"}}, Trust::restricted)->config.cache.dir,
            "/flag");
}

TEST(Load, PutsTheHomeDirectoryForATilde) {
  const Env env({{"HOME", "/home/me"}});
  EXPECT_EQ(load_text("cache.dir = \"~/x\"\n", env)->config.cache.dir, "/home/me/x");
  EXPECT_EQ(load_text("cache.dir = \"~other/x\"\n", env)->config.cache.dir, "~other/x");
}

}  // namespace
}  // namespace fabrik::config
