// The line in a Bazel workspace's .bazelrc that imports what fabrik generates for
// the project. try-import: whoever has no such file builds as if the line were not
// there.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "cli/setup/tools.hpp"

namespace fabrik::cli::setup {

// .bazelrc of the nearest workspace from `start` upwards. not_found: none is there.
Result<std::filesystem::path> find_workspace_rc(const std::filesystem::path& start);

// missing: no line of ours; outdated: one that imports another file.
FileState bazel_state(const std::filesystem::path& rc, const std::filesystem::path& imported);

// Both keep everything else in the file as it is, follow a symbolic link, and return
// the state they found. install_bazel() replaces a line of ours that is outdated.
Result<FileState> install_bazel(const std::filesystem::path& rc,
                                const std::filesystem::path& imported);
// A file that holds nothing else is removed.
Result<FileState> remove_bazel(const std::filesystem::path& rc);

}  // namespace fabrik::cli::setup
