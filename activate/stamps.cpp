#include "activate/stamps.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <ctime>
#include <vector>

#include "base/fs.hpp"

namespace fabrik::activate {
namespace {

constexpr std::size_t kMany = 512;
constexpr std::time_t kOld = 30 * 24 * 3600;

bool older(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

// Stamps nobody has looked at for a month; their shells are gone.
void prune(const std::filesystem::path& directory) {
  std::error_code error;
  std::vector<std::filesystem::path> all;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    all.push_back(entry->path());
  }
  if (all.size() < kMany) {
    return;
  }
  const std::time_t now = std::time(nullptr);
  for (const auto& path : all) {
    struct stat info{};
    if (::lstat(path.c_str(), &info) == 0 && now - info.st_atim.tv_sec > kOld) {
      ::unlink(path.c_str());
    }
  }
}

Result<UniqueFd> open_stamp(const std::filesystem::path& path) {
  if (auto existing = open_file(path, O_WRONLY | O_NOFOLLOW)) {
    return existing;
  }
  prune(path.parent_path());
  FABRIK_TRY(auto file, open_file(path, O_WRONLY | O_CREAT | O_NOFOLLOW));
  const timespec never[2] = {{0, UTIME_NOW}, {0, 0}};
  if (::futimens(file.get(), never) != 0) {
    return fail_errno("set the time of " + path.string());
  }
  return Result<UniqueFd>(std::move(file));
}

}  // namespace

Result<std::filesystem::path> stamp_for(const statefs::Paths& paths, const config::Source& source) {
  FABRIK_CHECK(ensure_private_dir(paths.state));
  const auto directory = paths.state / "seen";
  FABRIK_CHECK(ensure_private_dir(directory));
  const auto path = directory / source.config_hash();
  FABRIK_TRY(const UniqueFd file, open_stamp(path));

  struct stat config{};
  struct stat stamp{};
  if (::stat(source.path.c_str(), &config) != 0 || ::fstat(file.get(), &stamp) != 0) {
    return fail_errno("stat " + source.path.string());
  }
  if (older(stamp.st_mtim, config.st_mtim)) {
    // The time was taken after the bytes: only good if they are still the same.
    const auto content = read_file(source.path);
    const timespec times[2] = {{0, UTIME_NOW}, config.st_mtim};
    if (content && *content == source.content && ::futimens(file.get(), times) != 0) {
      return fail_errno("set the time of " + path.string());
    }
  }
  return path;
}

}  // namespace fabrik::activate
