#include "config/privilege.hpp"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace fabrik::config {
namespace {

namespace fs = std::filesystem;

class OwnPlace : public ::testing::Test {
 protected:
  OwnPlace() {
    fs::create_directories(project_ / "sub");
    fs::create_directories(home_ / ".cache");
    fs::create_directories(base_ / "elsewhere");
  }
  bool own(const fs::path& path) const {
    Env::Map all = variables_;
    all.emplace("HOME", home_.string());
    return is_own_place(path, source(), Env(all));
  }
  Source source() const { return {.path = project_ / "fabrik.toml", .content = ""}; }

  testing::TempDir temp_;
  fs::path base_ = fs::canonical(temp_.path());
  fs::path home_ = base_ / "home";
  fs::path project_ = home_ / "work" / "project";
  Env::Map variables_;
};

TEST_F(OwnPlace, IsAnywhereInsideTheProject) {
  EXPECT_TRUE(own(".fabrik/cache"));
  EXPECT_TRUE(own("sub"));
  EXPECT_TRUE(own("sub/../other"));
  EXPECT_TRUE(own(project_ / "absolute"));
}

TEST_F(OwnPlace, IsNotTheProjectItselfNorAboveNorBesideIt) {
  EXPECT_FALSE(own("."));
  EXPECT_FALSE(own("sub/.."));
  EXPECT_FALSE(own(".."));
  EXPECT_FALSE(own("../project2"));
  EXPECT_FALSE(own("../sibling/cache"));
  EXPECT_FALSE(own("/"));
  EXPECT_FALSE(own("/var/cache"));
  EXPECT_FALSE(own(project_.string() + "2/cache"));
}

TEST_F(OwnPlace, IsInsideTheCacheHome) {
  EXPECT_TRUE(own(home_ / ".cache" / "mine"));
  EXPECT_FALSE(own(home_ / ".cache"));
  EXPECT_FALSE(own(home_ / ".config"));
  variables_["XDG_CACHE_HOME"] = (base_ / "elsewhere").string();
  EXPECT_TRUE(own(base_ / "elsewhere" / "mine"));
  EXPECT_FALSE(own(home_ / ".cache" / "mine"));
}

TEST_F(OwnPlace, IsNotTheStoreOfAnotherProject) {
  const fs::path stores = home_ / ".cache" / "fabrik";
  EXPECT_TRUE(own(stores / source().project_id()));
  EXPECT_FALSE(own(stores / "0123456789abcdef"));
  EXPECT_FALSE(own(stores));
}

TEST_F(OwnPlace, FollowsLinksThatLeaveTheProject) {
  fs::create_directory_symlink(base_ / "elsewhere", project_ / "link");
  EXPECT_FALSE(own("link"));
  EXPECT_FALSE(own("link/cache"));
  EXPECT_FALSE(own("sub/../link/cache"));
  EXPECT_FALSE(own("link/../cache")) << "the parent of where the link leads";
  fs::create_directory_symlink(project_ / "sub", project_ / "inner");
  EXPECT_TRUE(own("inner/cache"));
}

TEST_F(OwnPlace, IsNotBehindWhatCannotBeFollowed) {
  fs::create_directory_symlink(base_ / "not yet", project_ / "dangling");
  EXPECT_FALSE(own("dangling"));
  EXPECT_FALSE(own("dangling/cache"));
  fs::create_directory_symlink(project_ / "loop", project_ / "loop");
  EXPECT_FALSE(own("loop/cache"));
  EXPECT_FALSE(own("missing/../../../../elsewhere"));
  EXPECT_FALSE(own("missing/../cache")) << "missing may become a link";
}

TEST_F(OwnPlace, IsNowhereForAProjectInTheRootDirectory) {
  const Source root{.path = "/fabrik.toml", .content = ""};
  EXPECT_FALSE(is_own_place("/etc", root, Env()));
}

TEST(Loopback, KnowsLiteralsOnly) {
  for (const std::string good :
       {"127.0.0.1", "127.0.0.1:80", "127.9.9.9:1", "localhost", "localhost:1", "[::1]:1", "::1"}) {
    EXPECT_TRUE(is_loopback(good)) << good;
  }
  for (const std::string bad : {"", "0.0.0.0:1", "0", "127.evil.com:1", "localhost.evil.com:1",
                                "[::]:1", "10.0.0.1", "::", "[::1].evil:1", "1127.0.0.1"}) {
    EXPECT_FALSE(is_loopback(bad)) << bad;
  }
}

}  // namespace
}  // namespace fabrik::config
