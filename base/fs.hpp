// Files the careful way: private directories, atomic replacement, bounded reads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fabrik {

// The whole file as text. not_found when it is missing, too_large over `limit`,
// invalid_argument when it is not a regular file.
Result<std::string> read_file(const std::filesystem::path& path,
                              std::uint64_t limit = 16 * 1024 * 1024);

// Writes beside the target and renames, so that a reader (or a crash) sees the
// old content or the new, never a part. The file gets exactly `mode`.
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content,
                                   unsigned mode = 0600);

// Waits until the file's bytes, or the directory's names, are on the disk.
Result<void> sync_path(const std::filesystem::path& path);

// Makes `path` and missing parents (0700). An existing directory must be a real
// directory (no symlink) owned by this user; group or world access is taken
// away when the owner is right, another owner is refused (forbidden).
Result<void> ensure_private_dir(const std::filesystem::path& path);

// Opens with O_CLOEXEC; retries EINTR. flags and mode as open(2).
Result<UniqueFd> open_file(const std::filesystem::path& path, int flags, unsigned mode = 0600);

// Writes everything or fails; retries EINTR and short writes.
Result<void> write_all(int fd, std::string_view data);

// Free bytes for this user on the file system that holds `path`.
Result<std::uint64_t> free_space(const std::filesystem::path& path);

}  // namespace fabrik
