// Gradle's init script, which tells every build of this user where the cache is.
// Gradle reads no environment variable for that by itself.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace fabrik::cli::setup {

enum class GradleState {
  missing,   // no file of that name
  current,   // exactly what install_gradle() would write
  outdated,  // unchanged since another version of fabrik wrote it
  foreign,   // somebody else's, or ours with edits: never touched
};

// What install_gradle() writes: the script, closed by a line that proves that
// nobody has edited it.
std::string gradle_script();

// An unreadable file is foreign.
GradleState gradle_state(const std::filesystem::path& script);

// Writes the script unless it is current. conflict when the file is foreign.
// Returns the state it found.
Result<GradleState> install_gradle(const std::filesystem::path& script);
// Removes the script. conflict when the file is foreign. Returns the state it found.
Result<GradleState> remove_gradle(const std::filesystem::path& script);

}  // namespace fabrik::cli::setup
