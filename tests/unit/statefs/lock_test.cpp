#include "statefs/lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <optional>
#include <thread>

#include "tests/support/temp_dir.hpp"

namespace fabrik::statefs {
namespace {

using std::chrono::milliseconds;

TEST(Lock, ExcludesASecondHolder) {
  const testing::TempDir dir;
  const auto first = Lock::acquire(dir / "lock", milliseconds(0));
  ASSERT_TRUE(first);
  const auto second = Lock::acquire(dir / "lock", milliseconds(0));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
}

TEST(Lock, IsFreeAgainWhenTheObjectGoes) {
  const testing::TempDir dir;
  {
    ASSERT_TRUE(Lock::acquire(dir / "lock", milliseconds(0)));
  }
  EXPECT_TRUE(Lock::acquire(dir / "lock", milliseconds(0)));
}

TEST(Lock, WaitsForTheHolder) {
  const testing::TempDir dir;
  std::optional<Lock> first = *Lock::acquire(dir / "lock", milliseconds(0));
  std::thread other([&] { first.reset(); });
  EXPECT_TRUE(Lock::acquire(dir / "lock", std::chrono::seconds(30)));
  other.join();
}

TEST(Lock, DiesWithItsProcess) {
  const testing::TempDir dir;
  const auto path = dir / "lock";
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = Lock::acquire(path, milliseconds(0));
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(Lock::acquire(path, milliseconds(0)));
}

TEST(Lock, NoticesThatItsFileWasReplaced) {
  const testing::TempDir dir;
  const auto path = dir / "lock";
  const auto lock = Lock::acquire(path, milliseconds(0));
  EXPECT_TRUE(lock->still_at(path));
  std::filesystem::remove(path);
  EXPECT_FALSE(lock->still_at(path));
  const auto next = Lock::acquire(path, milliseconds(0));
  ASSERT_TRUE(next);
  EXPECT_FALSE(lock->still_at(path));
}

TEST(Lock, DoesNotFollowASymlink) {
  const testing::TempDir dir;
  std::filesystem::create_symlink(dir / "target", dir / "lock");
  EXPECT_FALSE(Lock::acquire(dir / "lock", milliseconds(0)));
  EXPECT_FALSE(std::filesystem::exists(dir / "target"));
}

TEST(Lock, StaysLockedWhenAdopted) {
  const testing::TempDir dir;
  auto lock = Lock::acquire(dir / "lock", milliseconds(0));
  const Lock adopted = Lock::adopt(UniqueFd(::fcntl(lock->fd(), F_DUPFD_CLOEXEC, 3)));
  {
    const Lock gone = *std::move(lock);
  }
  EXPECT_FALSE(Lock::acquire(dir / "lock", milliseconds(0)));
}

}  // namespace
}  // namespace fabrik::statefs
