#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "activate/gradle_home.hpp"
#include "base/digest.hpp"
#include "base/fs.hpp"
#include "cli/commands.hpp"
#include "cli/setup/gradle.hpp"
#include "tests/support/temp_dir.hpp"

namespace fs = std::filesystem;

namespace fabrik::cli::setup {
namespace {

using activate::gradle_script_path;

std::string content(const fs::path& path) {
  return read_file(path).value_or("unreadable");
}

// The same text as a file whose seal fits: what another version installed.
std::string sealed_by_another_version() {
  const std::string ours = gradle_script();
  const auto seal = ours.rfind("// fabrik-init-script-sha256: ");
  const std::string script = "// an older script\n";
  return script + ours.substr(seal, ours.find(": ", seal) + 2 - seal) +
         sha256(as_bytes(script)).hex() + "\n";
}

TEST(SetupGradle, InstallsIntoAHomeThatDoesNotExistYet) {
  const testing::TempDir dir;
  const fs::path script = gradle_script_path(dir / "gradle home");

  ASSERT_EQ(install_gradle(script).value(), FileState::missing);

  EXPECT_EQ(content(script), gradle_script());
  EXPECT_EQ(gradle_state(script), FileState::current);
}

TEST(SetupGradle, InstallsOnceOnly) {
  const testing::TempDir dir;
  const fs::path script = gradle_script_path(dir.path());
  ASSERT_TRUE(install_gradle(script));
  const auto written = fs::last_write_time(script);

  EXPECT_EQ(install_gradle(script).value(), FileState::current);
  EXPECT_EQ(fs::last_write_time(script), written);
}

TEST(SetupGradle, UndoRemovesTheScriptAndLeavesTheNeighbours) {
  const testing::TempDir dir;
  const fs::path script = gradle_script_path(dir.path());
  ASSERT_TRUE(install_gradle(script));
  ASSERT_TRUE(write_file_atomically(script.parent_path() / "mine.gradle", "// mine\n"));

  EXPECT_EQ(remove_gradle(script).value(), FileState::current);

  EXPECT_FALSE(fs::exists(script));
  EXPECT_TRUE(fs::exists(script.parent_path() / "mine.gradle"));
  EXPECT_EQ(remove_gradle(script).value(), FileState::missing);
}

TEST(SetupGradle, NeverTouchesAFileOfSomebodyElse) {
  const testing::TempDir dir;
  const fs::path script = gradle_script_path(dir.path());
  fs::create_directories(script.parent_path());
  ASSERT_TRUE(write_file_atomically(script, "println 'hello'\n"));

  EXPECT_EQ(install_gradle(script).error().code, Errc::conflict);
  EXPECT_EQ(remove_gradle(script).error().code, Errc::conflict);
  EXPECT_EQ(content(script), "println 'hello'\n");
}

TEST(SetupGradle, LeavesAnEditedScriptAlone) {
  const testing::TempDir dir;
  const fs::path script = gradle_script_path(dir.path());
  const std::string edited = "// my own line\n" + gradle_script();
  fs::create_directories(script.parent_path());
  ASSERT_TRUE(write_file_atomically(script, edited));

  EXPECT_EQ(gradle_state(script), FileState::foreign);
  EXPECT_FALSE(remove_gradle(script));
  EXPECT_EQ(content(script), edited);
}

TEST(SetupGradle, ReplacesTheScriptOfAnotherVersion) {
  const testing::TempDir dir;
  const fs::path script = gradle_script_path(dir.path());
  fs::create_directories(script.parent_path());
  ASSERT_TRUE(write_file_atomically(script, sealed_by_another_version()));

  ASSERT_EQ(install_gradle(script).value(), FileState::outdated);
  EXPECT_EQ(content(script), gradle_script());
}

TEST(SetupGradle, NeverFollowsASymbolicLink) {
  const testing::TempDir dir;
  const fs::path script = gradle_script_path(dir.path());
  fs::create_directories(script.parent_path());
  fs::create_symlink(dir / "elsewhere", script);

  EXPECT_FALSE(install_gradle(script));
  EXPECT_FALSE(fs::exists(dir / "elsewhere"));
  EXPECT_TRUE(fs::is_symlink(script));
}

struct Output {
  Result<int> status;
  std::string out;
};

Output run_setup(std::map<std::string, std::string, std::less<>> options,
                 std::vector<std::string> arguments, const Env& env) {
  std::ostringstream out;
  std::ostringstream err;
  const Invocation invocation{.options = std::move(options),
                              .arguments = std::move(arguments),
                              .env = env,
                              .executable = "/usr/bin/fabrik",
                              .out = out,
                              .err = err};
  auto status = kSetupCommand.run(invocation);
  return {std::move(status), out.str()};
}

TEST(SetupCommand, ListsTheToolsAndTheirState) {
  const testing::TempDir home;
  const Env env({{"HOME", home.path().string()}});
  const Output before = run_setup({}, {}, env);
  ASSERT_TRUE(run_setup({}, {"gradle"}, env).status);
  const Output after = run_setup({}, {}, env);

  EXPECT_NE(before.out.find("gradle     not set up"), std::string::npos) << before.out;
  EXPECT_NE(after.out.find("gradle     set up"), std::string::npos) << after.out;
  EXPECT_NE(after.out.find("turborepo  nothing to do"), std::string::npos) << after.out;
}

TEST(SetupCommand, ListsTheSameForScripts) {
  const testing::TempDir home;
  const Env env({{"HOME", home.path().string()}});
  ASSERT_TRUE(run_setup({}, {"gradle"}, env).status);
  const auto list = nlohmann::json::parse(run_setup({{"list", ""}, {"json", ""}}, {}, env).out);
  std::map<std::string, std::string> states;
  for (const auto& tool : list.at("tools")) {
    states[tool.at("tool")] = tool.at("state");
  }
  EXPECT_EQ(states.at("gradle"), "current");
  EXPECT_EQ(states.at("nx"), "environment");
}

TEST(SetupCommand, ListChangesNothing) {
  const testing::TempDir home;
  const Env env({{"HOME", home.path().string()}});
  EXPECT_TRUE(run_setup({{"list", ""}}, {"gradle"}, env).status);
  EXPECT_TRUE(fs::is_empty(home.path()));
}

TEST(SetupCommand, RefusesAToolItDoesNotKnow) {
  const testing::TempDir home;
  const Env env({{"HOME", home.path().string()}});
  EXPECT_EQ(run_setup({}, {"cobol"}, env).status.error().code, Errc::invalid_argument);
  EXPECT_EQ(run_setup({{"undo", ""}}, {}, env).status.error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace fabrik::cli::setup
