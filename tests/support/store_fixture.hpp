// A store on a real disk that a test can close, damage and open again.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/fs.hpp"
#include "base/log.hpp"
#include "cache/rocks_store.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::testing {

// Waits, bounded, for something that another thread does.
template <class Condition>
bool eventually(Condition condition, std::chrono::seconds limit = std::chrono::seconds(30)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

// A number from the environment: nightly runs ask for more than every build does.
inline int scale(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

// Turns one byte into another and leaves the file's time as it was, as a bad
// disk does.
inline void flip_byte(const std::filesystem::path& path, std::uint64_t offset) {
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(file) << path;
  struct stat before{};
  ASSERT_EQ(::fstat(file.get(), &before), 0);
  char byte = 0;
  ASSERT_EQ(::pread(file.get(), &byte, 1, static_cast<off_t>(offset)), 1) << path << offset;
  byte = static_cast<char>(byte ^ 0x40);
  ASSERT_EQ(::pwrite(file.get(), &byte, 1, static_cast<off_t>(offset)), 1);
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::futimens(file.get(), times), 0);
}

// Of a store that may be at work: what vanishes meanwhile is looked for again.
inline std::vector<std::filesystem::path> files_below(const std::filesystem::path& dir) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  const auto list = [&] {
    files.clear();
    std::filesystem::recursive_directory_iterator item(dir, error);
    for (; !error && item != std::filesystem::end(item); item.increment(error)) {
      std::error_code gone;
      if (item->is_regular_file(gone)) {
        files.push_back(item->path());
      }
    }
    return !error;
  };
  EXPECT_TRUE(eventually(list)) << dir << ": " << error.message();
  std::ranges::sort(files);
  return files;
}

// As `rm -rf` would, also when somebody makes new files there meanwhile.
inline void remove_in_use(const std::filesystem::path& dir) {
  std::error_code error;
  ASSERT_TRUE(eventually([&] {
    std::filesystem::remove_all(dir, error);
    return !error;
  })) << error.message();
}

class StoreFixture : public ::testing::Test {
 protected:
  StoreFixture() {
    options_.dir = dir_ / "cache";
    options_.max_bytes = std::uint64_t{256} << 20;
    options_.min_free_bytes = 0;
    options_.owner = "config /test/fabrik.toml";
  }
  void open() {
    store_.reset();
    opened_here = true;
    auto opened = cache::open_rocks_store(options_, clock_, *log_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = *std::move(opened);
  }
  void close() { store_.reset(); }
  // Leaves the store's files as a killed process does, with nobody at work on
  // them: what `work` did after the last flush is only in the write-ahead log.
  template <class Work>
  void kill_after(Work work) {
    const pid_t child = fork_for_a_store();
    ASSERT_GE(child, 0);
    if (child == 0) {
      open();
      work();
      ::_exit(::testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
  }
  // RocksDB's threads do not follow into a child, which would wait for them for ever:
  // before this process has opened a store itself.
  static pid_t fork_for_a_store() {
    EXPECT_FALSE(opened_here) << "run this test in a process of its own, as ctest does";
    return opened_here ? -1 : ::fork();
  }
  cache::Store& store() { return *store_; }

  std::filesystem::path file_of(std::string_view content) const {
    const std::string hex = sha256(as_bytes(content)).hex();
    return options_.dir / "blobs" / hex.substr(0, 2) / hex;
  }

  TempDir dir_;
  FakeClock clock_;
  // Shown when a test is looked into: FABRIK_TEST_LOG=1.
  std::unique_ptr<Log> log_ =
      std::getenv("FABRIK_TEST_LOG") != nullptr
          ? *open_log({.level = LogLevel::debug, .file = {}, .console = true})
          : null_log();
  cache::RocksStoreOptions options_;

 private:
  static inline bool opened_here = false;
  std::unique_ptr<cache::Store> store_;
};

}  // namespace fabrik::testing
