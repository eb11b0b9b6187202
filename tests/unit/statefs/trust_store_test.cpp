#include "statefs/trust_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/statefs/state_fixture.hpp"

namespace fabrik::statefs {
namespace {

class TrustStoreTest : public ::testing::Test, protected fabrik::testing::StateFixture {
 protected:
  std::filesystem::path only_record() {
    return std::filesystem::directory_iterator(paths.trust_dir())->path();
  }
  TrustStore store{paths};
};

TEST_F(TrustStoreTest, TrustsNothingAtFirst) {
  EXPECT_FALSE(store.is_trusted("/p/fabrik.toml", "x"));
  EXPECT_TRUE(store.list().empty());
}

TEST_F(TrustStoreTest, TrustsExactlyThisPathAndContent) {
  ASSERT_TRUE(store.trust("/p/fabrik.toml", "x", 1));
  EXPECT_TRUE(store.is_trusted("/p/fabrik.toml", "x"));
  EXPECT_FALSE(store.is_trusted("/p/fabrik.toml", "x "));
  EXPECT_FALSE(store.is_trusted("/p-evil/fabrik.toml", "x"));
  EXPECT_FALSE(store.is_trusted("/p/sub/fabrik.toml", "x"));
}

TEST_F(TrustStoreTest, SeparatesPathFromContent) {
  ASSERT_TRUE(store.trust("/p", std::string("a\0b", 3), 1));
  EXPECT_FALSE(store.is_trusted(std::string("/p\0a", 4), "b"));
}

TEST_F(TrustStoreTest, ForgetsEveryVersionOfAPath) {
  ASSERT_TRUE(store.trust("/p/fabrik.toml", "x", 1));
  ASSERT_TRUE(store.trust("/p/fabrik.toml", "y", 2));
  ASSERT_TRUE(store.trust("/q/fabrik.toml", "x", 3));
  EXPECT_TRUE(*store.untrust("/p/fabrik.toml"));
  EXPECT_FALSE(store.is_trusted("/p/fabrik.toml", "x"));
  EXPECT_FALSE(store.is_trusted("/p/fabrik.toml", "y"));
  EXPECT_TRUE(store.is_trusted("/q/fabrik.toml", "x"));
  EXPECT_FALSE(*store.untrust("/p/fabrik.toml"));
}

TEST_F(TrustStoreTest, ListsByPath) {
  ASSERT_TRUE(store.trust("/q/fabrik.toml", "x", 3));
  ASSERT_TRUE(store.trust("/p/fabrik.toml", "x", 1));
  const auto records = store.list();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].config_path, "/p/fabrik.toml");
  EXPECT_EQ(records[1].trusted_unix_ms, 3);
}

TEST_F(TrustStoreTest, DoesNotBelieveATornRecord) {
  ASSERT_TRUE(store.trust("/p/fabrik.toml", "x", 1));
  const auto file = only_record();
  const std::string whole = *read_file(file);
  ASSERT_TRUE(write_file_atomically(file, whole.substr(0, whole.size() / 2)));
  EXPECT_FALSE(store.is_trusted("/p/fabrik.toml", "x"));
  ASSERT_TRUE(write_file_atomically(file, ""));
  EXPECT_FALSE(store.is_trusted("/p/fabrik.toml", "x"));
}

TEST_F(TrustStoreTest, DoesNotBelieveARecordCopiedToAnotherName) {
  ASSERT_TRUE(store.trust("/p/fabrik.toml", "x", 1));
  const auto file = only_record();
  ASSERT_TRUE(store.trust("/q/fabrik.toml", "x", 1));
  ASSERT_TRUE(*store.untrust("/q/fabrik.toml"));
  TrustStore other(paths);
  ASSERT_TRUE(other.trust("/q/fabrik.toml", "x", 1));
  for (const auto& entry : std::filesystem::directory_iterator(paths.trust_dir())) {
    if (entry.path() != file) {
      std::filesystem::copy_file(file, entry.path(),
                                 std::filesystem::copy_options::overwrite_existing);
    }
  }
  EXPECT_FALSE(store.is_trusted("/q/fabrik.toml", "x"));
}

TEST_F(TrustStoreTest, DoesNotBelieveSymlinksOrFilesOthersCanWrite) {
  ASSERT_TRUE(store.trust("/p/fabrik.toml", "x", 1));
  const auto file = only_record();
  ::chmod(file.c_str(), 0622);
  EXPECT_FALSE(store.is_trusted("/p/fabrik.toml", "x"));
  ::chmod(file.c_str(), 0600);
  std::filesystem::rename(file, dir / "moved");
  std::filesystem::create_symlink(dir / "moved", file);
  EXPECT_FALSE(store.is_trusted("/p/fabrik.toml", "x"));
}

}  // namespace
}  // namespace fabrik::statefs
