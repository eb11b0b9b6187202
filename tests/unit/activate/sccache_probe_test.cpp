#include "activate/sccache_probe.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.hpp"

namespace fabrik::activate {
namespace {

class SccacheProbe : public ::testing::Test {
 protected:
  SccacheFacts look() {
    return inspect_sccache(Env({{"PATH", "relative:" + bin_.string() + ":/nowhere"}}), state_);
  }
  void install(const std::string& content) {
    std::filesystem::create_directories(bin_);
    const auto file = bin_ / "new";
    std::ofstream(file) << content;
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    std::filesystem::rename(file, bin_ / "sccache");
  }

  testing::TempDir dir_;
  std::filesystem::path bin_ = dir_.path() / "bin";
  std::filesystem::path state_ = dir_.path() / "state";
  const std::string plain_ = std::string(3 << 20, 'p');
};

TEST_F(SccacheProbe, FindsNothingWhereNothingIs) {
  EXPECT_EQ(look().build, SccacheBuild::missing);
  std::filesystem::create_directories(bin_ / "sccache");
  EXPECT_EQ(look().build, SccacheBuild::missing);
}

TEST_F(SccacheProbe, TellsBuildsWithS3FromThoseWithout) {
  install(plain_);
  EXPECT_EQ(look().build, SccacheBuild::without_s3);
  EXPECT_EQ(look().program, bin_ / "sccache");
  std::string with_s3 = plain_;
  with_s3.replace((1 << 20) - 10, 20, "x-amz-content-sha256");  // over the end of a block
  install(with_s3);
  EXPECT_EQ(look().build, SccacheBuild::usable);
}

TEST_F(SccacheProbe, TheVerdictIsKept) {
  install(plain_);
  EXPECT_EQ(look().build, SccacheBuild::without_s3);
  EXPECT_TRUE(std::filesystem::exists(state_ / "programs" / "sccache"));
  EXPECT_EQ(look().build, SccacheBuild::without_s3);
  std::ofstream(state_ / "programs" / "sccache") << "nonsense";
  EXPECT_EQ(look().build, SccacheBuild::without_s3);
}

TEST_F(SccacheProbe, AShimGetsTheBenefitOfTheDoubt) {
  install("#!/bin/sh\nexec mise x -- sccache\n");
  EXPECT_EQ(look().build, SccacheBuild::usable);
}

}  // namespace
}  // namespace fabrik::activate
