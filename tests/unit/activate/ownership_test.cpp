#include "activate/ownership.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::activate {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kSomebody = 65534;

class OwnershipTest : public ::testing::Test {
 protected:
  OwnershipTest() {
    EXPECT_TRUE(write_file_atomically(dir_ / "fabrik.toml", ""));
    source_.path = dir_ / "fabrik.toml";
    paths_.state = dir_ / "home/.local/state/fabrik";
  }
  void give(const fs::path& path) { ASSERT_EQ(::chown(path.c_str(), kSomebody, kSomebody), 0); }

  testing::TempDir dir_;
  config::Source source_;
  statefs::Paths paths_;
};

TEST_F(OwnershipTest, OurOwnTreeIsFine) {
  EXPECT_TRUE(check_ownership(source_, false, Env(), paths_));
}

TEST_F(OwnershipTest, RootBySudoIsRefusedInAnotherUsersTree) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  give(source_.path);
  for (const char* name : {"SUDO_UID", "DOAS_USER", "PKEXEC_UID"}) {
    const auto checked = check_ownership(source_, true, Env({{name, "65534"}}), paths_);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code, Errc::forbidden);
    EXPECT_EQ(checked.error().message.find('\n'), std::string::npos);
  }
}

TEST_F(OwnershipTest, RootInAContainerMayUseAnyTree) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  give(source_.path);
  EXPECT_TRUE(check_ownership(source_, false, Env(), paths_));
}

TEST_F(OwnershipTest, StateIsNotMadeInSomebodyElsesHome) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  fs::create_directories(dir_ / "home");
  give(dir_ / "home");
  const auto checked = check_ownership(source_, true, Env(), paths_);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("home"), std::string::npos);
}

}  // namespace
}  // namespace fabrik::activate
