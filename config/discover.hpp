// Which fabrik.toml rules a directory, and who it is.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/env.hpp"
#include "base/result.hpp"

namespace fabrik::config {

// A configuration file that was found and read once: the same bytes are hashed,
// parsed and handed to the daemon, so that nobody can swap them in between.
struct Source {
  std::filesystem::path path;   // canonical
  std::string content;          // at most 64 KiB
  bool is_user_config = false;  // $XDG_CONFIG_HOME/fabrik/config.toml, not a project file

  // The directory relative paths in the file refer to.
  std::filesystem::path root() const { return path.parent_path(); }
  // First 16 hex digits of SHA-256(path, NUL, content): names one generation.
  std::string config_hash() const;
  // First 16 hex digits of SHA-256(path): names the project across edits.
  std::string project_id() const;
};

// The nearest fabrik.toml from `directory` upwards, else the user's config file.
// The walk ends before $HOME's parent (looking for a file there can hang on an
// automounter), at a mount boundary and before $FABRIK_CEILING. nullopt: there is
// none. Errors: the nearest file exists but cannot be read, is no regular file,
// is too large, or belongs to somebody who is neither this user nor root
// (forbidden): it is not used, and neither is one above it.
Result<std::optional<Source>> discover(const std::filesystem::path& directory, const Env& env);

// Reads one named file (--config, FABRIK_CONFIG), whoever owns it.
Result<Source> read_source(const std::filesystem::path& path);

// What every command does: the file `named` on the command line (empty: none),
// else the one named by FABRIK_CONFIG or FABRIK_CONFIG_PATH, else discover().
Result<std::optional<Source>> select_source(const std::filesystem::path& named,
                                            const std::filesystem::path& directory, const Env& env);

// $XDG_CONFIG_HOME/fabrik/config.toml; empty when there is no home directory.
std::filesystem::path user_config_path(const Env& env);
// $XDG_CACHE_HOME, by default ~/.cache; empty when there is no home directory.
std::filesystem::path user_cache_home(const Env& env);

}  // namespace fabrik::config
