// Gradle's init script, which tells every build of this user where the cache is.
// Gradle reads no environment variable for that by itself.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "cli/setup/tools.hpp"

namespace fabrik::cli::setup {

// What install_gradle() writes: the script, closed by a line that proves that
// nobody has edited it.
std::string gradle_script();

// An unreadable file is foreign.
FileState gradle_state(const std::filesystem::path& script);

// Writes the script unless it is current. conflict when the file is foreign.
// Returns the state it found.
Result<FileState> install_gradle(const std::filesystem::path& script);
// Removes the script. conflict when the file is foreign. Returns the state it found.
Result<FileState> remove_gradle(const std::filesystem::path& script);

}  // namespace fabrik::cli::setup
