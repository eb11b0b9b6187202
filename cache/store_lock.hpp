// One store has one owner process. The held lock is the truth; the owner file
// beside it only names the holder for people.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::cache {

class StoreLock {
 public:
  // `owner` describes this process for others, for example "config
  // /home/me/project/fabrik.toml"; the pid is added. conflict: another live
  // process has the store; the message names it and says what to do.
  static Result<StoreLock> acquire(const std::filesystem::path& dir, std::string_view owner);

  // Whether the lock still lies in the directory: somebody may have removed that.
  bool is_in_place() const;
  // Takes the lock again when the directory was removed and made anew meanwhile;
  // conflict: somebody else was faster.
  Result<void> renew();

  ~StoreLock();
  StoreLock(StoreLock&&) noexcept = default;
  StoreLock& operator=(StoreLock&&) noexcept = default;

 private:
  StoreLock(UniqueFd file, std::filesystem::path dir, std::string owner)
      : file_(std::move(file)), dir_(std::move(dir)), owner_(std::move(owner)) {}

  UniqueFd file_;
  std::filesystem::path dir_;
  std::string owner_;
};

}  // namespace fabrik::cache
