#include <gtest/gtest.h>

#include <algorithm>

#include "base/fs.hpp"
#include "cache/blob_files.hpp"
#include "cache/store_layout.hpp"
#include "cache/store_lock.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::cache {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

TEST(StoreLock, NamesTheHolderToTheSecond) {
  const TempDir dir;
  const auto first = StoreLock::acquire(dir.path(), "config /home/me/project/fabrik.toml");
  ASSERT_TRUE(first);
  const auto second = StoreLock::acquire(dir.path(), "config /other");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  for (const std::string& part :
       {dir.path().string(), "pid " + std::to_string(::getpid()),
        std::string("/home/me/project/fabrik.toml"), std::string("cache.dir")}) {
    EXPECT_NE(second.error().message.find(part), std::string::npos) << second.error().message;
  }
}

TEST(StoreLock, IsFreeAgainAfterItsHolder) {
  const TempDir dir;
  {
    ASSERT_TRUE(StoreLock::acquire(dir.path(), "one"));
  }
  EXPECT_TRUE(StoreLock::acquire(dir.path(), "two"));
}

class StoreLayoutTest : public ::testing::Test {
 protected:
  fs::path quarantined(std::string_view name) {
    for (const auto& item : fs::directory_iterator(dir_.path())) {
      if (item.path().filename().string().starts_with("quarantine-") &&
          fs::exists(item.path() / name)) {
        return item.path() / name;
      }
    }
    return {};
  }

  TempDir dir_;
  testing::FakeClock clock_;
  std::unique_ptr<Log> log_ = null_log();
  StoreLayout layout_{dir_.path(), clock_, *log_};
};

TEST_F(StoreLayoutTest, RemovesWhatCrashedUploadsLeft) {
  ASSERT_TRUE(layout_.prepare());
  ASSERT_TRUE(write_file_atomically(layout_.tmp() / "7", "half"));
  ASSERT_TRUE(write_file_atomically(layout_.db() / "kept", "kept"));
  ASSERT_TRUE(layout_.prepare());
  EXPECT_TRUE(fs::is_empty(layout_.tmp()));
  EXPECT_TRUE(fs::exists(layout_.db() / "kept"));
}

TEST_F(StoreLayoutTest, MovesAnotherFormatAside) {
  ASSERT_TRUE(layout_.prepare());
  ASSERT_TRUE(write_file_atomically(layout_.db() / "old", "old"));
  ASSERT_TRUE(write_file_atomically(dir_ / "format", "fabrik store 999\n"));
  ASSERT_TRUE(layout_.prepare());
  EXPECT_FALSE(fs::exists(layout_.db() / "old"));
  EXPECT_FALSE(quarantined("db").empty());
}

TEST_F(StoreLayoutTest, MovesAStoreWithoutStampAside) {
  ASSERT_TRUE(layout_.prepare());
  fs::remove(dir_ / "format");
  ASSERT_TRUE(layout_.prepare());
  EXPECT_FALSE(quarantined("db").empty());
}

TEST_F(StoreLayoutTest, KeepsOnlyTheNewestQuarantine) {
  ASSERT_TRUE(layout_.prepare());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(write_file_atomically(layout_.db() / std::to_string(i), ""));
    ASSERT_TRUE(layout_.set_index_aside("test"));
    clock_.advance(std::chrono::seconds(1));
  }
  layout_.remove_old_quarantines();
  EXPECT_TRUE(fs::exists(quarantined("db") / "2"));
  EXPECT_EQ(std::ranges::count_if(fs::directory_iterator(dir_.path()),
                                  [](const auto& item) {
                                    return item.path().filename().string().starts_with("quar");
                                  }),
            1);
}

class BlobFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(dir_ / "blobs");
    fs::create_directory(dir_ / "tmp");
  }
  Result<void> publish(std::string_view content) {
    FABRIK_TRY(const auto file, files_.create());
    FABRIK_CHECK(file->append(as_bytes(content)));
    return files_.publish(*file, sha256(as_bytes(content)));
  }

  TempDir dir_;
  BlobFiles files_{dir_ / "blobs", dir_ / "tmp", true};
};

TEST_F(BlobFilesTest, LieInTheDirectoryOfTheirFirstByte) {
  ASSERT_TRUE(publish("content"));
  const std::string hex = sha256(as_bytes("content")).hex();
  EXPECT_EQ(*read_file(dir_ / "blobs" / hex.substr(0, 2) / hex), "content");
  EXPECT_TRUE(fs::is_empty(dir_ / "tmp"));
}

TEST_F(BlobFilesTest, DisappearWhenNotPublished) {
  {
    const auto file = files_.create();
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->append(as_bytes("half")));
  }
  EXPECT_TRUE(fs::is_empty(dir_ / "tmp"));
}

TEST_F(BlobFilesTest, AreFoundAndStrangersRemoved) {
  ASSERT_TRUE(publish("one"));
  ASSERT_TRUE(publish("two"));
  const auto shard = dir_ / "blobs/00";
  fs::create_directory(shard);
  ASSERT_TRUE(write_file_atomically(shard / "stranger", ""));
  ASSERT_TRUE(write_file_atomically(shard / sha256(as_bytes("one")).hex(), "wrong place"));
  std::vector<Digest> seen;
  const auto see = [&](const Digest& digest) {
    seen.push_back(digest);
    return true;
  };
  files_.for_each(see);
  std::ranges::sort(seen);
  std::vector expected{sha256(as_bytes("one")), sha256(as_bytes("two"))};
  std::ranges::sort(expected);
  EXPECT_EQ(seen, expected);
  EXPECT_TRUE(fs::is_empty(shard));
}

TEST_F(BlobFilesTest, TellAMissingFileFromAnError) {
  const auto file = files_.open(sha256(as_bytes("absent")));
  ASSERT_TRUE(file);
  EXPECT_FALSE(*file);
}

}  // namespace
}  // namespace fabrik::cache
