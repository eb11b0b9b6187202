#include <gtest/gtest.h>

#include <filesystem>

#include "base/fs.hpp"
#include "cli/setup/bazel.hpp"
#include "tests/support/temp_dir.hpp"

namespace fs = std::filesystem;

namespace fabrik::cli::setup {
namespace {

const fs::path kImported = "/home/u/state with \"quotes\"/p.bazelrc";

std::string content(const fs::path& path) {
  return read_file(path).value_or("unreadable");
}
void write(const fs::path& path, std::string_view text) {
  ASSERT_TRUE(write_file_atomically(path, text, 0640));
}

TEST(SetupBazel, FindsTheNearestWorkspace) {
  const testing::TempDir dir;
  fs::create_directories(dir / "outer" / "inner" / "package");
  EXPECT_FALSE(find_workspace_rc(dir / "outer"));
  write(dir / "outer" / "WORKSPACE", "");
  EXPECT_EQ(find_workspace_rc(dir / "outer" / "inner" / "package").value(),
            dir / "outer" / ".bazelrc");
  write(dir / "outer" / "inner" / "MODULE.bazel", "");
  EXPECT_EQ(find_workspace_rc(dir / "outer" / "inner" / "package").value(),
            dir / "outer" / "inner" / ".bazelrc");
}

TEST(SetupBazel, AddsItsLineAndKeepsTheRest) {
  const testing::TempDir dir;
  const fs::path rc = dir / ".bazelrc";
  write(rc, "build --jobs=4");  // without a line break
  EXPECT_EQ(install_bazel(rc, kImported).value(), FileState::missing);
  EXPECT_TRUE(content(rc).starts_with("build --jobs=4\n# "));
  EXPECT_TRUE(
      content(rc).ends_with("try-import \"/home/u/state with \\\"quotes\\\"/p.bazelrc\"\n"));
  EXPECT_EQ(fs::status(rc).permissions(), fs::perms(0640));
  EXPECT_EQ(bazel_state(rc, kImported), FileState::current);
  EXPECT_EQ(install_bazel(rc, kImported).value(), FileState::current);
}

TEST(SetupBazel, UndoLeavesTheFileAsItWas) {
  const testing::TempDir dir;
  const fs::path rc = dir / ".bazelrc";
  write(rc, "build --jobs=4\n");
  ASSERT_TRUE(install_bazel(rc, kImported));
  EXPECT_EQ(remove_bazel(rc).value(), FileState::current);
  EXPECT_EQ(content(rc), "build --jobs=4\n");
  EXPECT_EQ(remove_bazel(rc).value(), FileState::missing);
}

TEST(SetupBazel, UndoRemovesAFileThatItMade) {
  const testing::TempDir dir;
  const fs::path rc = dir / ".bazelrc";
  ASSERT_TRUE(install_bazel(rc, kImported));
  ASSERT_TRUE(remove_bazel(rc));
  EXPECT_FALSE(fs::exists(rc));
}

TEST(SetupBazel, AMovedProjectGetsItsNewLine) {
  const testing::TempDir dir;
  const fs::path rc = dir / ".bazelrc";
  ASSERT_TRUE(install_bazel(rc, "/old"));
  EXPECT_EQ(bazel_state(rc, kImported), FileState::outdated);
  EXPECT_EQ(install_bazel(rc, kImported).value(), FileState::outdated);
  EXPECT_EQ(content(rc).find("/old"), std::string::npos);
  EXPECT_EQ(bazel_state(rc, kImported), FileState::current);
}

TEST(SetupBazel, WritesThroughASymbolicLink) {
  const testing::TempDir dir;
  write(dir / "shared.bazelrc", "build --jobs=4\n");
  fs::create_symlink(dir / "shared.bazelrc", dir / ".bazelrc");
  ASSERT_TRUE(install_bazel(dir / ".bazelrc", kImported));
  EXPECT_TRUE(fs::is_symlink(dir / ".bazelrc"));
  EXPECT_NE(content(dir / "shared.bazelrc").find("try-import"), std::string::npos);
}

}  // namespace
}  // namespace fabrik::cli::setup
