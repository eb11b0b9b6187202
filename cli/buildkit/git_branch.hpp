// Which branch a directory is on, read from git's files: no git is run. Sources:
// gitrepository-layout(5) of git 2.39.
#pragma once

#include <filesystem>
#include <string>

namespace fabrik::cli::buildkit {

struct Branches {
  std::string current;  // "feature/x"; empty: no repository, or no branch checked out
  std::string main;     // the one the remote calls its default; empty: not known
};

// Never fails: what cannot be read is not known.
Branches branches_of(const std::filesystem::path& directory);

}  // namespace fabrik::cli::buildkit
