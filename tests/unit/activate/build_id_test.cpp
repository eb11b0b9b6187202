#include "activate/build_id.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/fs.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::activate {
namespace {

namespace fs = std::filesystem;

class BuildIdTest : public ::testing::Test {
 protected:
  fs::path program(const std::string& name) {
    const fs::path path = dir_ / name;
    fs::create_directories(path.parent_path());
    EXPECT_TRUE(write_file_atomically(path, "program", 0755));
    return path;
  }
  testing::TempDir dir_;
};

TEST_F(BuildIdTest, StaysTheSameForTheSameFiles) {
  const auto a = program("bin/fabrik");
  const auto b = program("bin/fabrikd");
  EXPECT_EQ(build_id(a, b), build_id(a, b));
  EXPECT_TRUE(build_id(a, b).starts_with(std::string(program_version()) + "+"));
}

TEST_F(BuildIdTest, ChangesWithEitherFile) {
  const auto a = program("bin/fabrik");
  const auto b = program("bin/fabrikd");
  const std::string before = build_id(a, b);
  program("bin/fabrik");  // the same bytes, installed again
  const std::string between = build_id(a, b);
  EXPECT_NE(between, before);
  fs::remove(b);
  EXPECT_NE(build_id(a, b), between);
}

TEST_F(BuildIdTest, IsTheSameThroughAnotherNameOfTheFile) {
  const auto a = program("bin/fabrik");
  fs::create_symlink(a, dir_ / "link");
  EXPECT_EQ(build_id(a, a), build_id(dir_ / "link", dir_ / "link"));
}

TEST_F(BuildIdTest, FindsTheWorkerBesideTheProgramFirst) {
  const auto fabrik = program("bin/fabrik");
  const auto named = program("elsewhere/worker");
  const Env env({{"FABRIK_FABRIKD", named.native()}});
  EXPECT_FALSE(find_worker(fabrik, Env()));
  EXPECT_EQ(*find_worker(fabrik, env), named);
  const auto installed = program("libexec/fabrik/fabrikd");
  EXPECT_EQ(*find_worker(fabrik, env), installed);
  const auto beside = program("bin/fabrikd");
  EXPECT_EQ(*find_worker(fabrik, env), beside);
}

TEST_F(BuildIdTest, DoesNotTakeWhatIsNoProgram) {
  const auto fabrik = program("bin/fabrik");
  fs::create_directories(dir_ / "bin/fabrikd");
  EXPECT_FALSE(find_worker(fabrik, Env()));
  fs::remove(dir_ / "bin/fabrikd");
  ASSERT_TRUE(write_file_atomically(dir_ / "bin/fabrikd", "text", 0644));
  const auto missing = find_worker(fabrik, Env());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
}

TEST(Version, ComparesNumbers) {
  EXPECT_TRUE(is_newer_version("0.10.0", "0.9.9"));
  EXPECT_TRUE(is_newer_version("1.0", "0.9.9"));
  EXPECT_TRUE(is_newer_version("0.1.1", "0.1"));
  EXPECT_FALSE(is_newer_version("0.1.0", "0.1.0"));
  EXPECT_FALSE(is_newer_version("0.1", "0.1.0"));
  EXPECT_FALSE(is_newer_version("", "0.1.0"));
  EXPECT_FALSE(is_newer_version("nonsense", "0.1.0"));
}

}  // namespace
}  // namespace fabrik::activate
