// What happens to a store when the process, the disk or its files fail.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <csignal>
#include <random>

#include "tests/support/store_fixture.hpp"

namespace fabrik::cache {
namespace {

namespace fs = std::filesystem;
using testing::Content;
using testing::eventually;
using testing::get_entry;
using testing::put_entry;
using testing::random_bytes;

class StoreRecovery : public testing::StoreFixture {
 protected:
  static Content content(int i) {
    std::mt19937_64 random(static_cast<std::uint64_t>(i));
    return random_bytes(i % 4 == 0 ? 65'537 + random() % 2'000'000 : random() % 65'536,
                        static_cast<std::uint64_t>(i));
  }
  bool was_moved_aside() {
    for (const auto& item : fs::directory_iterator(options_.dir)) {
      if (item.path().filename().string().starts_with("quarantine-")) {
        return true;
      }
    }
    return false;
  }
};

TEST_F(StoreRecovery, TheSecondOwnerIsToldWhoTheFirstIs) {
  open();
  const auto second = open_rocks_store(options_, clock_, *log_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  for (const std::string& part : {options_.dir.string(), std::to_string(::getpid()), options_.owner,
                                  std::string("cache.dir")}) {
    EXPECT_NE(second.error().message.find(part), std::string::npos) << second.error().message;
  }
}

TEST_F(StoreRecovery, ADamagedIndexIsMovedAside) {
  for (const std::string file : {"CURRENT", "MANIFEST"}) {
    open();
    ASSERT_TRUE(put_entry(store(), "k", "content"));
    close();
    for (const auto& path : testing::files_below(options_.dir / "db")) {
      if (path.filename().string().starts_with(file)) {
        ASSERT_TRUE(write_file_atomically(path, "garbage that is no " + file));
      }
    }
    open();
    EXPECT_TRUE(was_moved_aside()) << file;
    EXPECT_EQ(get_entry(store(), "k"), std::nullopt);
    ASSERT_TRUE(put_entry(store(), "k", "content"));
    EXPECT_EQ(get_entry(store(), "k"), "content");
    close();
    fs::remove_all(options_.dir);
  }
}

TEST_F(StoreRecovery, AMissingIndexFileIsNotFatal) {
  open();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(put_entry(store(), "k" + std::to_string(i), "content " + std::to_string(i)));
  }
  ASSERT_TRUE(store().flush());
  close();
  for (const auto& path : testing::files_below(options_.dir / "db")) {
    if (path.extension() == ".sst") {
      fs::remove(path);
      break;
    }
  }
  open();
  ASSERT_TRUE(put_entry(store(), "new", "content"));
  EXPECT_EQ(get_entry(store(), "new"), "content");
}

TEST_F(StoreRecovery, LeftoversOfACrashAreRemoved) {
  const Content lost = random_bytes(100'000, 2);
  kill_after([&] {
    ASSERT_TRUE(put_entry(store(), "k", random_bytes(100'000, 1)));
    ASSERT_TRUE(put_entry(store(), "lost", lost));
  });
  ASSERT_TRUE(write_file_atomically(options_.dir / "tmp/0", "half an upload"));
  const Content stray = random_bytes(70'000, 3);
  fs::create_directories(file_of(stray).parent_path());
  ASSERT_TRUE(write_file_atomically(file_of(stray), stray));
  fs::remove(file_of(lost));
  open();
  EXPECT_TRUE(fs::is_empty(options_.dir / "tmp"));
  EXPECT_TRUE(eventually([&] { return !fs::exists(file_of(stray)); }));
  EXPECT_TRUE(eventually([&] { return store().stats().blobs == 1; }));
  EXPECT_EQ(store().stats().bytes, 100'000U);
  EXPECT_EQ(store().stats().entries, 1U);
  EXPECT_TRUE(get_entry(store(), "k"));
}

TEST_F(StoreRecovery, ADirectoryRemovedWhileRunningComesBack) {
  open();
  ASSERT_TRUE(put_entry(store(), "k", random_bytes(100'000, 1)));
  testing::remove_in_use(options_.dir);
  EXPECT_EQ(get_entry(store(), "k"), std::nullopt);
  EXPECT_TRUE(eventually([&] {
    (void)store().flush();  // notices that its files are gone
    return fs::exists(options_.dir / "db/CURRENT") && fs::exists(options_.dir / "lock") &&
           put_entry(store(), "new", random_bytes(100'000, 2));
  }));
  EXPECT_EQ(get_entry(store(), "new"), random_bytes(100'000, 2));
  const auto second = open_rocks_store(options_, clock_, *log_);
  ASSERT_FALSE(second) << "the new directory must be locked like the old one";
  EXPECT_EQ(second.error().code, Errc::conflict);
}

// Uploads until it is killed; writes the number of each acknowledged upload.
[[noreturn]] void upload_for_ever(const RocksStoreOptions& options, int first, int acks) {
  const SystemClock clock;
  const auto log = null_log();
  auto store = open_rocks_store(options, clock, *log);
  for (int i = first; store; ++i) {
    std::mt19937_64 random(static_cast<std::uint64_t>(i));
    const std::size_t size = i % 4 == 0 ? 65'537 + random() % 2'000'000 : random() % 65'536;
    if (put_entry(**store, "k" + std::to_string(i),
                  random_bytes(size, static_cast<std::uint64_t>(i))) &&
        ::write(acks, &i, sizeof i) != sizeof i) {
      break;
    }
  }
  ::_exit(1);
}

TEST_F(StoreRecovery, WhatWasAcknowledgedSurvivesKillNine) {
  std::mt19937 random(42);
  int next = 0;
  std::vector<int> acknowledged;
  for (int round = 0; round < 6; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      upload_for_ever(options_, next, pipe[1]);
    }
    ::close(pipe[1]);
    const int wanted = static_cast<int>(random() % 40 + 1);
    int number = 0;
    int count = 0;
    while (::read(pipe[0], &number, sizeof number) == sizeof number) {
      acknowledged.push_back(number);
      next = number + 1;
      if (++count == wanted) {
        ::kill(child, SIGKILL);  // what is in the pipe by then still counts
      }
    }
    ::close(pipe[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
    ++next;  // the unfinished one is never tried again: it must be absent or right

    open();
    for (const int i : acknowledged) {
      ASSERT_EQ(get_entry(store(), "k" + std::to_string(i)), content(i)) << i;
    }
    const auto unfinished = get_entry(store(), "k" + std::to_string(next - 1));
    EXPECT_TRUE(!unfinished || *unfinished == content(next - 1));
    close();
  }
}

class FullDisk : public StoreRecovery {
 protected:
  void SetUp() override {
    mount_ = dir_ / "disk";
    fs::create_directory(mount_);
    if (::mount("tmpfs", mount_.c_str(), "tmpfs", 0, "size=64m,nr_inodes=2k") != 0) {
      GTEST_SKIP() << "SKIPPED: needs root to mount a small tmpfs";
    }
    mounted_ = true;
    options_.dir = mount_ / "cache";
  }
  void TearDown() override {
    close();
    if (mounted_) {
      ::umount2(mount_.c_str(), MNT_DETACH);
    }
  }
  fs::path ballast() const { return mount_ / "ballast"; }
  // Fills the disk to the last byte.
  void fill() const {
    const UniqueFd file(::open(ballast().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    const std::string block(4096, 'x');
    while (::write(file.get(), block.data(), block.size()) > 0) {
    }
  }
  // Everything served is right; how many were.
  int check_reads(int count) {
    int served = 0;
    for (int i = 0; i < count; ++i) {
      const auto got = get_entry(store(), "k" + std::to_string(i));
      EXPECT_TRUE(!got || *got == content(i)) << i;
      served += got.has_value();
    }
    return served;
  }
  // Writes small entries until the disk refuses. The last outcome.
  Result<PutOutcome> write_until_refused() {
    Result<PutOutcome> outcome = PutOutcome::stored;
    for (int i = 0; outcome && i < 5000; ++i) {
      outcome = put_entry(store(), "more" + std::to_string(i), random_bytes(9000, 7000 + i));
    }
    return outcome;
  }

  fs::path mount_;
  bool mounted_ = false;
};

TEST_F(FullDisk, RefusesWritesServesReadsAndRecovers) {
  open();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(put_entry(store(), "k" + std::to_string(i), content(i)));
  }
  fill();
  const auto refused = write_until_refused();
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().code == Errc::no_space || refused.error().code == Errc::unavailable)
      << refused.error().message;
  EXPECT_GT(check_reads(20), 5);
  fs::remove(ballast());
  EXPECT_TRUE(eventually([&] { return put_entry(store(), "after", "after").has_value(); }));
  EXPECT_FALSE(store().stats().read_only);
  EXPECT_EQ(get_entry(store(), "after"), "after");
  EXPECT_GT(check_reads(20), 5);
}

TEST_F(FullDisk, StartsOnAFullDiskServesReadsAndRecovers) {
  kill_after([this] {  // with a log that wants to be replayed
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(put_entry(store(), "k" + std::to_string(i), content(i)));
    }
  });
  fill();
  open();
  EXPECT_GT(check_reads(20), 15);
  fs::remove(ballast());
  EXPECT_TRUE(eventually([&] { return put_entry(store(), "after", "after").has_value(); }));
  EXPECT_GT(check_reads(20), 15);
  open();
  EXPECT_EQ(get_entry(store(), "after"), "after");
}

TEST_F(FullDisk, WithoutInodesItRefusesWritesServesReadsAndRecovers) {
  open();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(put_entry(store(), "k" + std::to_string(i), content(i)));
  }
  fs::create_directory(ballast());
  for (int i = 0; UniqueFd(
           ::open((ballast() / std::to_string(i)).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
       ++i) {
  }
  ASSERT_EQ(errno, ENOSPC);
  const auto refused = put_entry(store(), "large", random_bytes(100'000, 1));
  ASSERT_FALSE(refused) << "a file was made without an inode";
  EXPECT_EQ(refused.error().code, Errc::no_space) << refused.error().message;
  EXPECT_EQ(check_reads(20), 20);
  open();  // nor does a start need one more than there are
  check_reads(20);
  fs::remove_all(ballast());
  EXPECT_TRUE(eventually(
      [&] { return put_entry(store(), "large", random_bytes(100'000, 1)).has_value(); }));
  EXPECT_EQ(get_entry(store(), "large"), random_bytes(100'000, 1));
  EXPECT_EQ(check_reads(20), 20);
}

TEST_F(FullDisk, LargeUploadsLeaveNothingBehindWhenTheyDoNotFit) {
  open();
  const Content kept = random_bytes(1 << 20, 1);
  ASSERT_TRUE(put_entry(store(), "kept", kept));
  {
    const auto writer = store().create(0);
    ASSERT_TRUE(writer);
    const Content piece = random_bytes(1 << 20, 2);
    Result<void> appended;
    for (int i = 0; i < 100 && appended; ++i) {
      appended = (*writer)->append(as_bytes(piece));
    }
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().code, Errc::no_space) << appended.error().message;
    EXPECT_TRUE(fs::is_empty(options_.dir / "tmp")) << "space is given back at once";
  }
  EXPECT_TRUE(put_entry(store(), "small", "small"));
}

}  // namespace
}  // namespace fabrik::cache
