#include "statefs/access_token.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/fs.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::statefs {
namespace {

class AccessTokenTest : public ::testing::Test {
 protected:
  std::string make() { return ensure_access_token(paths_, kId).value(); }

  static constexpr std::string_view kId = "0123456789abcdef";
  testing::TempDir dir_;
  Paths paths_{.config = dir_ / "config",
               .state = dir_ / "state",
               .cache = dir_ / "cache",
               .runtime = dir_ / "run"};
};

TEST_F(AccessTokenTest, StaysTheSame) {
  const std::string token = make();
  EXPECT_EQ(token.size(), 32U);
  EXPECT_EQ(make(), token);
  EXPECT_EQ(read_access_token(paths_.access_token(kId)).value(), token);
}

TEST_F(AccessTokenTest, IsAnotherOneForEachProject) {
  EXPECT_NE(make(), ensure_access_token(paths_, "fedcba9876543210").value());
}

TEST_F(AccessTokenTest, IsForItsUserAlone) {
  make();
  struct stat info{};
  ASSERT_EQ(::stat(paths_.access_token(kId).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(AccessTokenTest, IsReplacedWhenOthersCouldReadIt) {
  const std::string token = make();
  ASSERT_EQ(::chmod(paths_.access_token(kId).c_str(), 0644), 0);
  EXPECT_EQ(read_access_token(paths_.access_token(kId)).error().code, Errc::forbidden);
  EXPECT_NE(make(), token);
}

TEST_F(AccessTokenTest, IsReplacedWhenItIsTornOrPlanted) {
  make();
  for (const char* content : {"", "short\n", "0123456789abcdef0123456789ABCDEF\n"}) {
    ASSERT_TRUE(write_file_atomically(paths_.access_token(kId), content));
    EXPECT_EQ(make().size(), 32U) << content;
  }
  std::filesystem::remove(paths_.access_token(kId));
  ASSERT_TRUE(write_file_atomically(dir_ / "planted", "00000000000000000000000000000000\n"));
  std::filesystem::create_symlink(dir_ / "planted", paths_.access_token(kId));
  EXPECT_NE(make(), "00000000000000000000000000000000");
  EXPECT_TRUE(
      std::filesystem::is_regular_file(std::filesystem::symlink_status(paths_.access_token(kId))));
}

}  // namespace
}  // namespace fabrik::statefs
