#include "cli/setup/bazel.hpp"

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/fs.hpp"

namespace fs = std::filesystem;

namespace fabrik::cli::setup {
namespace {

constexpr std::string_view kMarker =
    "# The build cache of fabrik; fabrik setup bazel --undo removes these two lines.\n";
constexpr std::string_view kWorkspaceFiles[] = {"MODULE.bazel", "REPO.bazel", "WORKSPACE.bazel",
                                                "WORKSPACE"};
constexpr unsigned kNewFileMode = 0644;

// As Bazel splits lines of rc files into words.
std::string quoted(const std::string& path) {
  std::string text = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') {
      text += '\\';
    }
    text += c;
  }
  return text + "\"";
}

std::string block(const fs::path& imported) {
  return std::string(kMarker) + "try-import " + quoted(imported.string()) + "\n";
}

struct Found {
  std::string text;  // of the whole file
  std::size_t begin = std::string::npos;
  std::size_t size = 0;  // of our two lines

  bool has_block() const { return begin != std::string::npos; }
};

Result<Found> look(const fs::path& rc) {
  Found found;
  Result<std::string> text = read_file(rc);
  if (!text && text.error().code == Errc::not_found) {
    return found;
  }
  FABRIK_TRY(found.text, std::move(text));
  found.begin = found.text.find(kMarker);
  if (found.has_block()) {
    const std::size_t end = found.text.find('\n', found.begin + kMarker.size());
    found.size = (end == std::string::npos ? found.text.size() : end + 1) - found.begin;
  }
  return found;
}

FileState state_of(const Found& found, const fs::path& imported) {
  if (!found.has_block()) {
    return FileState::missing;
  }
  return found.text.substr(found.begin, found.size) == block(imported) ? FileState::current
                                                                       : FileState::outdated;
}

// Through a symbolic link, and with the mode the file had.
Result<void> rewrite(const fs::path& rc, std::string_view text) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(rc, error);
  if (error) {
    return fail(Errc::io, "find " + rc.string() + ": " + error.message());
  }
  struct stat now{};
  const unsigned mode = ::stat(target.c_str(), &now) == 0 ? now.st_mode & 07777U : kNewFileMode;
  return write_file_atomically(target, text, mode);
}

}  // namespace

Result<fs::path> find_workspace_rc(const fs::path& start) {
  for (fs::path dir = start;; dir = dir.parent_path()) {
    for (const std::string_view name : kWorkspaceFiles) {
      std::error_code ignored;
      if (fs::is_regular_file(dir / name, ignored)) {
        return dir / ".bazelrc";
      }
    }
    if (dir == dir.parent_path()) {
      return fail(Errc::not_found, "find the Bazel workspace: no MODULE.bazel or WORKSPACE in " +
                                       start.string() + " or above");
    }
  }
}

FileState bazel_state(const fs::path& rc, const fs::path& imported) {
  const auto found = look(rc);
  return found ? state_of(*found, imported) : FileState::foreign;
}

Result<FileState> install_bazel(const fs::path& rc, const fs::path& imported) {
  FABRIK_TRY(Found found, look(rc));
  const FileState state = state_of(found, imported);
  if (state == FileState::outdated) {
    found.text.replace(found.begin, found.size, block(imported));
  } else if (state == FileState::missing) {
    if (!found.text.empty() && !found.text.ends_with('\n')) {
      found.text += '\n';
    }
    found.text += block(imported);
  }
  if (state != FileState::current) {
    FABRIK_CHECK(rewrite(rc, found.text));
  }
  return state;
}

Result<FileState> remove_bazel(const fs::path& rc) {
  FABRIK_TRY(Found found, look(rc));
  if (!found.has_block()) {
    return FileState::missing;
  }
  found.text.erase(found.begin, found.size);
  if (!found.text.empty()) {
    FABRIK_CHECK(rewrite(rc, found.text));
    return FileState::current;
  }
  std::error_code error;
  if (fs::remove(rc, error); error) {
    return fail(Errc::io, "remove " + rc.string() + ": " + error.message());
  }
  return FileState::current;
}

}  // namespace fabrik::cli::setup
