// flock(2) with the lock as an object: who holds a Lock holds the lock, and the
// kernel takes it back when the process dies. Works across PID namespaces.
#pragma once

#include <chrono>
#include <filesystem>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::statefs {

class Lock {
 public:
  // Opens (creating, 0600) and locks exclusively. Waits at most `wait`; conflict
  // when somebody else holds it all that time. The file is never deleted by us:
  // a lock on a deleted file excludes nobody.
  static Result<Lock> acquire(const std::filesystem::path& path, std::chrono::milliseconds wait);
  // Takes over a locked descriptor that came through exec().
  static Lock adopt(UniqueFd fd) { return Lock(std::move(fd)); }

  // The descriptor; still owned by the Lock.
  int fd() const { return fd_.get(); }
  // Leaves the lock to the end of the process: who waits for it then knows that
  // the process is gone, too.
  void keep_until_exit() { (void)fd_.release(); }
  // False once the path is gone or names another file, so that somebody else can
  // lock it too.
  bool still_at(const std::filesystem::path& path) const;

 private:
  explicit Lock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace fabrik::statefs
