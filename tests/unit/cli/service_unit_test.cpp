#include "cli/service/unit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fabrik::cli::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ServiceUnit, RunsTheDaemonOfOneProject) {
  const std::string text = unit_text({.executable = "/usr/bin/fabrik",
                                      .config_path = "/home/u/p/fabrik.toml",
                                      .settings = {"cache.max_size=20GB"},
                                      .environment = {"XDG_STATE_HOME=/data/state"}});
  EXPECT_THAT(text, HasSubstr("\nExecStart=\"/usr/bin/fabrik\" daemon --config "
                              "\"/home/u/p/fabrik.toml\" --set \"cache.max_size=20GB\"\n"));
  EXPECT_THAT(text, HasSubstr("\nEnvironment=\"XDG_STATE_HOME=/data/state\"\n"));
  EXPECT_THAT(text, HasSubstr("\nDescription=fabrik build cache of /home/u/p\n"));
  EXPECT_TRUE(is_ours(text));
  EXPECT_FALSE(is_ours("[Unit]\nDescription=mine\n"));
}

TEST(ServiceUnit, KeepsOddPathsOneWordOnOneLine) {
  EXPECT_EQ(unit_word("a b\"c\\d%e$f"), "\"a b\\\"c\\\\d%%e$f\"");
  EXPECT_EQ(unit_argument("a$b"), "\"a$$b\"");
  EXPECT_EQ(unit_word("\n\xff\t"), "\"\\x0a\\xff\\x09\"");
  const std::string text = unit_text({.executable = "/usr/bin/fabrik",
                                      .config_path = "/p\nExecStartPre=/bin/evil/fabrik.toml",
                                      .settings = {},
                                      .environment = {}});
  EXPECT_THAT(text, Not(HasSubstr("\nExecStartPre")));
}

TEST(ServiceUnit, KnowsItsOwnNames) {
  EXPECT_TRUE(is_unit_name(unit_name("0123456789abcdef")));
  for (const auto* other : {"fabrik.service", "fabrik-0123456789abcdeg.service",
                            "fabrik-0123456789abcdef.timer", "fabrik-0123456789abcdef0.service"}) {
    EXPECT_FALSE(is_unit_name(other)) << other;
  }
}

TEST(ServiceUnit, TakesOnlyAbsolutePlacesAlong) {
  EXPECT_THAT(placing_variables(Env({{"XDG_CACHE_HOME", "/c"},
                                     {"XDG_STATE_HOME", "relative"},
                                     {"XDG_CONFIG_HOME", ""},
                                     {"XDG_RUNTIME_DIR", "/run/user/1"}})),
              ElementsAre("XDG_CACHE_HOME=/c"));
}

}  // namespace
}  // namespace fabrik::cli::service
