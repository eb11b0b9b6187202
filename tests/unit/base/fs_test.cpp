#include "base/fs.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_dir.hpp"

namespace fabrik {
namespace {

using testing::TempDir;

unsigned mode_of(const std::filesystem::path& path) {
  struct stat info{};
  EXPECT_EQ(::lstat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777;
}

TEST(Files, AreReplacedAtomicallyWithTheModeAskedFor) {
  const TempDir dir;
  const auto path = dir / "state";
  ASSERT_TRUE(write_file_atomically(path, "one", 0644));
  ASSERT_TRUE(write_file_atomically(path, "two", 0600));
  EXPECT_EQ(*read_file(path), "two");
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(Files, ThatCannotBeWrittenLeaveTheOldContent) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "target");
  const auto written = write_file_atomically(dir / "target", "text");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find((dir / "target").string()), std::string::npos);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(Files, OverTheLimitAreRefused) {
  const TempDir dir;
  ASSERT_TRUE(write_file_atomically(dir / "big", std::string(1000, 'x')));
  EXPECT_EQ(read_file(dir / "big", 999).error().code, Errc::too_large);
  EXPECT_EQ(read_file(dir / "big", 1000)->size(), 1000U);
}

TEST(Files, ThatAreMissingOrNotFilesAreToldApart) {
  const TempDir dir;
  EXPECT_EQ(read_file(dir / "none").error().code, Errc::not_found);
  EXPECT_EQ(read_file(dir.path()).error().code, Errc::invalid_argument);
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_file(dir / "fifo").error().code, Errc::invalid_argument);
}

TEST(PrivateDirectories, AreMadeWithTheirParents) {
  const TempDir dir;
  ASSERT_TRUE(ensure_private_dir(dir / "a/b/c"));
  EXPECT_EQ(mode_of(dir / "a"), 0700U);
  EXPECT_EQ(mode_of(dir / "a/b/c"), 0700U);
}

TEST(PrivateDirectories, OfOursWithOpenModesAreRepaired) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "open");
  ASSERT_EQ(::chmod((dir / "open").c_str(), 0777), 0);
  ASSERT_TRUE(ensure_private_dir(dir / "open"));
  EXPECT_EQ(mode_of(dir / "open"), 0700U);
}

TEST(PrivateDirectories, AreNeverSymlinks) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "real");
  std::filesystem::create_directory_symlink(dir / "real", dir / "link");
  EXPECT_FALSE(ensure_private_dir(dir / "link"));
}

TEST(PrivateDirectories, OfAnotherUserAreRefused) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root to make a directory of another user";
  }
  const TempDir dir;
  std::filesystem::create_directory(dir / "foreign");
  ASSERT_EQ(::chown((dir / "foreign").c_str(), 65534, 65534), 0);
  EXPECT_EQ(ensure_private_dir(dir / "foreign").error().code, Errc::forbidden);
}

}  // namespace
}  // namespace fabrik
