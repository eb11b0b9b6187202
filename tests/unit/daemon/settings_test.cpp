#include "daemon/settings.hpp"

#include <gtest/gtest.h>

#include "base/fs.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::daemon {
namespace {

WorkerArguments arguments() {
  WorkerArguments values;
  values.config_path = "/home/me/project/fabrik.toml";
  values.cache_dir_default = "/home/me/.cache/fabrik/x";
  return values;
}

TEST(Settings, TheCacheDirectoryRefersToTheConfiguration) {
  config::Config config;
  EXPECT_EQ(cache_dir(arguments(), config), "/home/me/.cache/fabrik/x");
  config.cache.dir = "build/../.cache";
  EXPECT_EQ(cache_dir(arguments(), config), "/home/me/project/.cache");
  config.cache.dir = "/var/cache/me";
  EXPECT_EQ(cache_dir(arguments(), config), "/var/cache/me");
}

TEST(Settings, TheStoreGetsWhatWasConfigured) {
  config::Config config;
  config.cache.max_size = 123'456'789;
  config.cache.eviction_policy = config::EvictionPolicy::ttl;
  config.cache.durability = config::Durability::sync;
  config.cache.default_ttl = std::chrono::hours(5);
  const cache::RocksStoreOptions options = store_options(arguments(), config);
  EXPECT_EQ(options.max_bytes, 123'456'789U);
  EXPECT_EQ(options.policy, cache::EvictionPolicy::ttl);
  EXPECT_EQ(options.durability, cache::Durability::sync);
  EXPECT_EQ(options.default_ttl, std::chrono::hours(5));
  EXPECT_NE(options.owner.find("/home/me/project/fabrik.toml"), std::string::npos);
}

TEST(Settings, ErrorsNameTheOriginalFile) {
  const fabrik::testing::TempDir dir;
  WorkerArguments values = arguments();
  values.config = dir / "snapshot.toml";
  ASSERT_TRUE(write_file_atomically(values.config, "[cache]\nnonsense = 1\n"));
  const auto loaded = load_config(values, Env{});
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("/home/me/project/fabrik.toml"), std::string::npos);
  EXPECT_EQ(loaded.error().message.find("snapshot.toml"), std::string::npos);
}

TEST(Settings, AMissingSnapshotIsAnError) {
  WorkerArguments values = arguments();
  values.config = "/nonexistent/snapshot.toml";
  EXPECT_FALSE(load_config(values, Env{}));
}

TEST(Settings, ALogThatCannotBeOpenedIsNoReasonToFail) {
  WorkerArguments values = arguments();
  values.state_dir = "/proc/nothing";
  EXPECT_NE(open_worker_log(values, {}), nullptr);
}

}  // namespace
}  // namespace fabrik::daemon
