#include "cache/store_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/fs.hpp"

namespace fabrik::cache {
namespace {

constexpr std::uint64_t kOwnerLimit = 4096;

std::string holder(const std::filesystem::path& owner_file) {
  auto text = read_file(owner_file, kOwnerLimit);
  if (!text || text->empty()) {
    return "another process";
  }
  while (!text->empty() && text->back() == '\n') {
    text->pop_back();
  }
  std::ranges::replace(*text, '\n', ' ');
  return "another fabrik daemon: " + *text;
}

// Whether the locked file is still the one at that path: somebody may have
// removed the directory between our open and our lock.
bool is_current(int fd, const std::filesystem::path& path) {
  struct stat held{};
  struct stat named{};
  return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

}  // namespace

Result<StoreLock> StoreLock::acquire(const std::filesystem::path& dir, std::string_view owner) {
  const auto path = dir / "lock";
  const auto owner_file = dir / "owner";
  for (;;) {
    FABRIK_TRY(UniqueFd file, open_file(path, O_RDWR | O_CREAT));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) {
        continue;
      }
      if (errno == EWOULDBLOCK) {
        return fail(Errc::conflict, "cache directory " + dir.string() + " is in use by " +
                                        holder(owner_file) +
                                        ". Stop it (\"fabrik stop\" in its project), or give "
                                        "this project its own directory with cache.dir");
      }
      return fail_errno("lock " + path.string());
    }
    if (is_current(file.get(), path)) {
      // Only a convenience for people: a full disk must not stop us here.
      (void)write_file_atomically(
          owner_file, "pid " + std::to_string(::getpid()) + "\n" + std::string(owner) + "\n");
      return StoreLock(std::move(file), dir, std::string(owner));
    }
  }
}

bool StoreLock::is_in_place() const {
  return is_current(file_.get(), dir_ / "lock");
}

Result<void> StoreLock::renew() {
  if (is_in_place()) {
    return {};
  }
  FABRIK_TRY(StoreLock fresh, acquire(dir_, owner_));
  *this = std::move(fresh);
  return {};
}

StoreLock::~StoreLock() {
  if (file_ && is_in_place()) {
    ::unlink((dir_ / "owner").c_str());
  }
}

}  // namespace fabrik::cache
