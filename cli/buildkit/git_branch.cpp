#include "cli/buildkit/git_branch.hpp"

#include <string_view>

#include "base/fs.hpp"

namespace fabrik::cli::buildkit {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestRef = 4096;

// The first line, or nothing.
std::string line_of(const fs::path& file) {
  const Result<std::string> text = read_file(file, kLargestRef);
  return text ? text->substr(0, text->find('\n')) : std::string();
}

std::string behind(const std::string& line, std::string_view prefix) {
  return line.starts_with(prefix) ? line.substr(prefix.size()) : std::string();
}

// ".git" of the directory or one above it; in a linked worktree a file names it.
fs::path git_dir(fs::path directory) {
  for (;; directory = directory.parent_path()) {
    const fs::path candidate = directory / ".git";
    std::error_code ignored;
    if (fs::is_directory(candidate, ignored)) {
      return candidate;
    }
    if (const std::string linked = behind(line_of(candidate), "gitdir: "); !linked.empty()) {
      return directory / linked;
    }
    if (!directory.has_relative_path()) {
      return {};
    }
  }
}

}  // namespace

Branches branches_of(const fs::path& directory) {
  const fs::path git = git_dir(directory);
  if (git.empty()) {
    return {};
  }
  const std::string common = line_of(git / "commondir");
  const fs::path shared = common.empty() ? git : git / common;
  return {
      .current = behind(line_of(git / "HEAD"), "ref: refs/heads/"),
      .main = behind(line_of(shared / "refs/remotes/origin/HEAD"), "ref: refs/remotes/origin/")};
}

}  // namespace fabrik::cli::buildkit
