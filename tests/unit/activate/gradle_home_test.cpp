#include "activate/gradle_home.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_dir.hpp"

namespace fabrik::activate {
namespace {

TEST(GradleHome, IsTheVariableOrBelowHome) {
  const Env both({{"HOME", "/home/me"}, {"GRADLE_USER_HOME", "/gradle"}});
  EXPECT_EQ(gradle_user_home(both).value(), "/gradle");
  EXPECT_EQ(gradle_user_home(Env({{"HOME", "/home/me"}})).value(), "/home/me/.gradle");
  EXPECT_EQ(gradle_user_home(Env()).error().code, Errc::invalid_argument);
}

TEST(GradleHome, KnowsWhetherTheScriptIsThere) {
  const testing::TempDir dir;
  const Env env({{"GRADLE_USER_HOME", dir.path().string()}});
  EXPECT_FALSE(is_gradle_set_up(env));
  std::filesystem::create_directories(dir / "init.d");
  std::ofstream(dir / "init.d/fabrik.gradle") << "// here\n";
  EXPECT_TRUE(is_gradle_set_up(env));
  EXPECT_FALSE(is_gradle_set_up(Env()));
}

}  // namespace
}  // namespace fabrik::activate
