// What `fabrik setup` knows about build tools: one row for each tool that needs a
// file of ours in the user's home, and the names of those that need nothing.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "cli/command.hpp"

namespace fabrik::cli::setup {

// The file a tool needs, as it is found.
enum class FileState {
  missing,   // no file of that name
  current,   // exactly what install() would write
  outdated,  // unchanged since another version of fabrik wrote it
  foreign,   // somebody else's, or ours with edits: never touched
};

struct Tool {
  using Path = std::filesystem::path;

  std::string_view name;  // as in build_tools.enabled
  std::string_view gain;  // what is so once it is installed; one sentence
  Result<Path> (*file)(const Invocation& invocation);
  FileState (*state)(const Path& file, const Invocation& invocation);
  // Both return the state they found; conflict when the file is foreign.
  Result<FileState> (*install)(const Path& file, const Invocation& invocation);
  Result<FileState> (*remove)(const Path& file, const Invocation& invocation);
};

std::span<const Tool> tools();

// Tools that read their settings from the environment: inside a project with the
// hook loaded there is nothing to install.
std::span<const std::string_view> environment_tools();

}  // namespace fabrik::cli::setup
