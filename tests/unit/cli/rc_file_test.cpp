#include "cli/rc_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_dir.hpp"

namespace fabrik::cli {
namespace {

class RcFileTest : public ::testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) {
    const auto path = home_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::optional<RcFile> find(const std::string& shell) {
    return find_rc_file(Env({{"HOME", home_.path().string()}, {"SHELL", shell}}));
  }

  fabrik::testing::TempDir home_;
};

TEST_F(RcFileTest, NamesTheFileAndTheLineOfEachShell) {
  EXPECT_EQ(find("/bin/bash")->file, home_ / ".bashrc");
  EXPECT_EQ(find("/bin/bash")->line, "eval \"$(fabrik activate bash)\"");
  EXPECT_EQ(find("/usr/bin/zsh")->file, home_ / ".zshrc");
  EXPECT_EQ(find("/usr/bin/fish")->file, home_ / ".config/fish/config.fish");
  EXPECT_EQ(find("/usr/bin/fish")->line, "fabrik activate fish | source");
  EXPECT_FALSE(find("/usr/bin/fish")->has_hook);
  EXPECT_FALSE(find("/bin/tcsh"));
  EXPECT_FALSE(find_rc_file(Env({{"SHELL", "/bin/bash"}})));
}

TEST_F(RcFileTest, FindsTheHookInAnyStartUpFile) {
  write(".profile", "x=1\n  eval \"$(~/.local/bin/fabrik activate bash)\"\n");
  const auto rc = find("/bin/bash");
  EXPECT_TRUE(rc->has_hook);
  EXPECT_EQ(rc->file, home_ / ".profile");

  write(".config/fish/conf.d/cache.fish", "fabrik activate fish | source");
  EXPECT_TRUE(find("/usr/bin/fish")->has_hook);
}

TEST_F(RcFileTest, IsNotFooledByAComment) {
  write(".bashrc", "# eval \"$(fabrik activate bash)\"\n   # fabrik activate\n");
  EXPECT_FALSE(find("/bin/bash")->has_hook);
}

TEST_F(RcFileTest, FollowsZdotdir) {
  write("zsh/.zshrc", "eval \"$(fabrik activate zsh)\"\n");
  const auto rc = find_rc_file(Env({{"HOME", home_.path().string()},
                                    {"SHELL", "/bin/zsh"},
                                    {"ZDOTDIR", (home_ / "zsh").string()}}));
  EXPECT_TRUE(rc->has_hook);
}

}  // namespace
}  // namespace fabrik::cli
