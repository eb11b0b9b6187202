#include "statefs/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "base/fs.hpp"

namespace fabrik::statefs {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstPause{1};
constexpr milliseconds kLongestPause{16};

// True: locked. False: somebody else has it.
Result<bool> try_lock(int fd, const std::filesystem::path& path) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return false;
    }
    if (errno != EINTR) {
      return fail_errno("lock " + path.string());
    }
  }
  return true;
}

}  // namespace

Result<Lock> Lock::acquire(const std::filesystem::path& path, milliseconds wait) {
  const auto deadline = steady_clock::now() + wait;
  milliseconds pause = kFirstPause;
  for (;;) {
    FABRIK_TRY(UniqueFd fd, open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW));
    FABRIK_TRY(const bool locked, try_lock(fd.get(), path));
    Lock lock(std::move(fd));
    if (locked && lock.still_at(path)) {
      return lock;
    }
    if (steady_clock::now() >= deadline) {
      return fail(Errc::conflict, "lock " + path.string() + ": another process holds it");
    }
    if (!locked) {
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, kLongestPause);
    }
  }
}

bool Lock::still_at(const std::filesystem::path& path) const {
  struct stat ours{};
  struct stat named{};
  return ::fstat(fd_.get(), &ours) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

}  // namespace fabrik::statefs
