#include "statefs/paths.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/support/temp_dir.hpp"

namespace fabrik::statefs {
namespace {

constexpr std::string_view kId = "0123456789abcdef";

TEST(Paths, FollowTheXdgVariables) {
  const auto paths = paths_from(Env({{"HOME", "/home/u"},
                                     {"XDG_CONFIG_HOME", "/c"},
                                     {"XDG_STATE_HOME", "/s"},
                                     {"XDG_CACHE_HOME", "/k"}}));
  ASSERT_TRUE(paths);
  EXPECT_EQ(paths->config, "/c/fabrik");
  EXPECT_EQ(paths->state, "/s/fabrik");
  EXPECT_EQ(paths->daemon_dir(kId), "/s/fabrik/daemons/0123456789abcdef");
  EXPECT_EQ(paths->default_cache_dir(kId), "/k/fabrik/0123456789abcdef");
}

TEST(Paths, TreatRelativeAndEmptyVariablesAsUnset) {
  const auto paths =
      paths_from(Env({{"HOME", "/home/u"}, {"XDG_STATE_HOME", "state"}, {"XDG_CACHE_HOME", ""}}));
  ASSERT_TRUE(paths);
  EXPECT_EQ(paths->state, "/home/u/.local/state/fabrik");
  EXPECT_EQ(paths->cache, "/home/u/.cache/fabrik");
  EXPECT_EQ(paths->config, "/home/u/.config/fabrik");
}

TEST(Paths, WorkWithoutHomeWhenXdgSaysEverything) {
  EXPECT_TRUE(paths_from(
      Env({{"XDG_CONFIG_HOME", "/c"}, {"XDG_STATE_HOME", "/s"}, {"XDG_CACHE_HOME", "/k"}})));
}

TEST(Paths, NameTheMissingVariable) {
  const auto paths = paths_from(Env({{"XDG_CONFIG_HOME", "/c"}}));
  ASSERT_FALSE(paths);
  EXPECT_EQ(paths.error().code, Errc::invalid_argument);
  EXPECT_NE(paths.error().message.find("XDG_STATE_HOME"), std::string::npos);
}

TEST(Paths, UseTheRuntimeDirectoryOnlyWhenItIsPrivate) {
  const testing::TempDir dir;
  const Env env({{"HOME", "/home/u"}, {"XDG_RUNTIME_DIR", dir.path().string()}});
  ::chmod(dir.path().c_str(), 0755);
  EXPECT_EQ(paths_from(env)->runtime, "/home/u/.local/state/fabrik/run");
  ::chmod(dir.path().c_str(), 0700);
  EXPECT_EQ(paths_from(env)->runtime, dir.path() / "fabrik");
}

TEST(Paths, FallBackToTheStateDirectoryWithoutARuntimeDirectory) {
  const Env env({{"HOME", "/home/u"}, {"XDG_RUNTIME_DIR", "/nonexistent/run"}});
  EXPECT_EQ(paths_from(env)->runtime, "/home/u/.local/state/fabrik/run");
}

TEST(Paths, KeepSocketsWithinSunPathForAnyHome) {
  for (const std::size_t length : {10U, 60U, 70U, 90U, 300U, 4000U}) {
    const auto paths = paths_from(Env({{"HOME", "/" + std::string(length, 'h')}}));
    ASSERT_TRUE(paths);
    EXPECT_LT(paths->control_socket(kId).native().size(), sizeof(sockaddr_un::sun_path));
    EXPECT_LT(paths->worker_socket(kId).native().size(), sizeof(sockaddr_un::sun_path));
  }
}

TEST(Paths, GiveEachLongStateDirectoryItsOwnShortRuntimeDirectory) {
  const auto one = paths_from(Env({{"HOME", "/" + std::string(200, 'a')}}));
  const auto two = paths_from(Env({{"HOME", "/" + std::string(200, 'b')}}));
  EXPECT_TRUE(one->runtime.native().starts_with("/tmp/fabrik-"));
  EXPECT_NE(one->runtime, two->runtime);
}

}  // namespace
}  // namespace fabrik::statefs
