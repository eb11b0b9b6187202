#include "activate/stamps.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/fs.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::activate {
namespace {

class StampsTest : public ::testing::Test {
 protected:
  StampsTest() {
    paths_.state = dir_ / "state";
    source_.path = dir_ / "fabrik.toml";
    source_.content = "[cache]\n";
    write(source_.content, 1'700'000'000);
  }
  void write(const std::string& content, std::time_t time) {
    ASSERT_TRUE(write_file_atomically(source_.path, content).has_value());
    const timespec times[2] = {{time, 5}, {time, 5}};
    ASSERT_EQ(::utimensat(AT_FDCWD, source_.path.c_str(), times, 0), 0);
  }
  // What `[[ config -nt stamp ]]` says in the hook.
  bool looks_edited(const std::filesystem::path& stamp) const {
    return std::filesystem::last_write_time(source_.path) > std::filesystem::last_write_time(stamp);
  }

  testing::TempDir dir_;
  statefs::Paths paths_;
  config::Source source_;
};

TEST_F(StampsTest, AFileThatWasReadDoesNotLookEdited) {
  const auto stamp = stamp_for(paths_, source_);
  ASSERT_TRUE(stamp.has_value());
  EXPECT_FALSE(looks_edited(*stamp));
}

TEST_F(StampsTest, AnEditIsSeenUntilItWasRead) {
  const auto stamp = *stamp_for(paths_, source_);
  write("[daemon]\n", 1'700'000'001);
  EXPECT_TRUE(looks_edited(stamp));
  config::Source edited = source_;
  edited.content = "[daemon]\n";
  const auto next = *stamp_for(paths_, edited);
  EXPECT_NE(next, stamp);
  EXPECT_FALSE(looks_edited(next));
  EXPECT_TRUE(looks_edited(stamp)) << "another shell that has not looked yet still sees it";
}

TEST_F(StampsTest, TouchingTheFileCostsOneLook) {
  const auto stamp = *stamp_for(paths_, source_);
  write(source_.content, 1'700'000'100);
  EXPECT_TRUE(looks_edited(stamp));
  EXPECT_EQ(*stamp_for(paths_, source_), stamp);
  EXPECT_FALSE(looks_edited(stamp));
}

TEST_F(StampsTest, AnEditBetweenReadingAndStampingIsNotLost) {
  write("[daemon]\n", 1'700'000'100);  // source_ holds what was there before
  EXPECT_TRUE(looks_edited(*stamp_for(paths_, source_)));
}

TEST_F(StampsTest, AStateDirectoryThatIsASymlinkIsRefused) {
  std::filesystem::create_directory(dir_ / "elsewhere");
  std::filesystem::create_symlink(dir_ / "elsewhere", paths_.state);
  EXPECT_FALSE(stamp_for(paths_, source_).has_value());
  EXPECT_TRUE(std::filesystem::is_empty(dir_ / "elsewhere"));
}

}  // namespace
}  // namespace fabrik::activate
