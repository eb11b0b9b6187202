#include "cli/garbage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "statefs/lock.hpp"
#include "statefs/project_record.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::cli {
namespace {

using std::filesystem::path;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const std::string kId = "1111111111111111";
const std::string kHash = "aaaaaaaaaaaaaaaa";
const std::string kOldHash = "bbbbbbbbbbbbbbbb";

// An hour from now, so that what a test has just made is no longer young.
class LaterClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::now() + std::chrono::hours(1);
  }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::now();
  }
};

class GarbageTest : public ::testing::Test {
 protected:
  GarbageTest() {
    paths_ = {.config = root_ / "config",
              .state = root_ / "state",
              .cache = root_ / "cache",
              .runtime = root_ / "run"};
    touch(config_);
    touch(paths_.daemon_dir(kHash) / "log/worker.log");
    touch(paths_.default_cache_dir(kId) / "blob");
    std::filesystem::create_directories(paths_.run_dir(kId));
    std::filesystem::create_directories(paths_.state / "projects");
    // The records are only believed in directories of ours.
    for (const auto& dir : {paths_.state, paths_.state / "projects"}) {
      std::filesystem::permissions(dir, std::filesystem::perms::owner_all);
    }
    EXPECT_TRUE(statefs::write_project_record(paths_, kId,
                                              {.config_path = config_,
                                               .config_hash = kHash,
                                               .http_port = 1,
                                               .grpc_port = 2,
                                               .boot_id = "b"}));
  }

  static void touch(const path& file) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << "x";
  }
  std::vector<path> collect(CollectOptions options = {}) {
    last_ = collect_garbage(paths_, LaterClock(), options);
    std::vector<path> removed;
    for (const Garbage& garbage : last_.removed) {
      removed.push_back(garbage.path);
    }
    return removed;
  }

  fabrik::testing::TempDir root_;
  path config_ = root_ / "project/fabrik.toml";
  statefs::Paths paths_;
  Collection last_;
};

TEST_F(GarbageTest, LeavesAProjectThatIsThere) {
  EXPECT_THAT(collect({.caches = true}), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(paths_.daemon_dir(kHash)));
}

TEST_F(GarbageTest, RemovesEarlierGenerations) {
  touch(paths_.daemon_dir(kOldHash) / "log/worker.log");
  EXPECT_THAT(collect({.trial = true}), ElementsAre(paths_.daemon_dir(kOldHash)));
  EXPECT_TRUE(std::filesystem::exists(paths_.daemon_dir(kOldHash)));
  EXPECT_THAT(collect(), ElementsAre(paths_.daemon_dir(kOldHash)));
  EXPECT_FALSE(std::filesystem::exists(paths_.daemon_dir(kOldHash)));
}

TEST_F(GarbageTest, LeavesAGenerationThatMayBeStarting) {
  touch(paths_.daemon_dir(kOldHash) / "log/worker.log");
  EXPECT_THAT(collect_garbage(paths_, SystemClock(), {}).removed, IsEmpty());
}

TEST_F(GarbageTest, RemovesAProjectThatIsGoneButAsksAboutItsCache) {
  std::filesystem::remove_all(config_.parent_path());
  EXPECT_THAT(collect(), UnorderedElementsAre(paths_.daemon_dir(kHash), paths_.run_dir(kId)));
  ASSERT_EQ(last_.kept_caches.size(), 1u);
  EXPECT_EQ(last_.kept_caches[0].path, paths_.default_cache_dir(kId));
  EXPECT_TRUE(std::filesystem::exists(paths_.default_cache_dir(kId)));

  EXPECT_THAT(collect({.caches = true}),
              UnorderedElementsAre(paths_.default_cache_dir(kId), paths_.project_record(kId)));
  EXPECT_FALSE(std::filesystem::exists(paths_.default_cache_dir(kId)));
  EXPECT_THAT(collect({.caches = true}), IsEmpty());
}

TEST_F(GarbageTest, LeavesADaemonThatRuns) {
  std::filesystem::remove_all(config_.parent_path());
  const auto lock = statefs::Lock::acquire(paths_.daemon_lock(kId), std::chrono::milliseconds(0));
  ASSERT_TRUE(lock) << lock.error().message;
  EXPECT_THAT(collect({.caches = true}), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(paths_.default_cache_dir(kId)));
}

TEST_F(GarbageTest, TouchesNothingWithANameOfItsOwn) {
  touch(paths_.state / "daemons/notes.txt");
  touch(paths_.state / "daemons/not-a-hash/file");
  EXPECT_THAT(collect(), IsEmpty());
}

}  // namespace
}  // namespace fabrik::cli
