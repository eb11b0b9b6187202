#include "base/fs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <atomic>

#include "base/read_all.hpp"

namespace fabrik {
namespace {

std::string unique_suffix() {
  static std::atomic<unsigned> counter{0};
  return ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
}

Result<void> check_private(const std::filesystem::path& path) {
  UniqueFd dir(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info{};
  if (!dir || ::fstat(dir.get(), &info) != 0) {
    return fail_errno("open directory " + path.string() + " (it must be a real directory)");
  }
  if (info.st_uid != ::geteuid()) {
    return fail(Errc::forbidden, "directory " + path.string() + " belongs to user " +
                                     std::to_string(info.st_uid) + ", not to you (user " +
                                     std::to_string(::geteuid()) +
                                     "); remove it or choose another place");
  }
  if ((info.st_mode & 077) != 0 && ::fchmod(dir.get(), 0700) != 0) {
    return fail_errno("make directory " + path.string() + " private");
  }
  return {};
}

}  // namespace

Result<UniqueFd> open_file(const std::filesystem::path& path, int flags, unsigned mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    return fail_errno("open " + path.string());
  }
  return UniqueFd(fd);
}

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit) {
  // O_NONBLOCK: opening a FIFO somebody planted must not hang us.
  FABRIK_TRY(const UniqueFd file, open_file(path, O_RDONLY | O_NONBLOCK));
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) {
    return fail_errno("stat " + path.string());
  }
  if (!S_ISREG(info.st_mode)) {
    return fail(Errc::invalid_argument, path.string() + " is not a regular file");
  }
  auto content = read_all(file.get(), limit);
  return content ? content : fail(std::move(content).error().with_context(path.string()));
}

Result<void> write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = ::write(fd, data.data(), data.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return fail_errno("write");
    }
    data.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content,
                                   unsigned mode) {
  const std::filesystem::path temporary = path.string() + unique_suffix();
  const auto give_up = [&](Error error) {
    ::unlink(temporary.c_str());
    return fail(std::move(error).with_context("write " + path.string()));
  };
  auto file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!file) {
    return fail(std::move(file).error().with_context("write " + path.string()));
  }
  if (::fchmod(file->get(), mode) != 0) {  // the umask may have taken bits away
    return give_up(errno_error("chmod"));
  }
  if (auto written = write_all(file->get(), content); !written) {
    return give_up(std::move(written).error());
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    return give_up(errno_error("rename"));
  }
  return {};
}

Result<void> sync_path(const std::filesystem::path& path) {
  FABRIK_TRY(const UniqueFd file, open_file(path, O_RDONLY));
  if (::fsync(file.get()) != 0) {
    return fail_errno("sync " + path.string());
  }
  return {};
}

Result<void> ensure_private_dir(const std::filesystem::path& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) == 0) {
    return check_private(path);
  }
  const auto parent = path.parent_path();
  if (!parent.empty() && parent != path && ::stat(parent.c_str(), &info) != 0) {
    FABRIK_CHECK(ensure_private_dir(parent));
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno("create directory " + path.string());
  }
  return check_private(path);
}

Result<std::uint64_t> free_space(const std::filesystem::path& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) {
    return fail_errno("statvfs " + path.string());
  }
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

}  // namespace fabrik
