// From bytes to Config: defaults < file < environment < flags.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/env.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "config/discover.hpp"

namespace fabrik::config {

enum class Trust {
  trusted,     // every key counts
  restricted,  // privileged keys (config/keys.hpp) are ignored and reported
};

// Values given on the command line, by dotted key: {"cache.max_size", "1GB"}.
using Flags = std::map<std::string, std::string>;

struct Loaded {
  Config config;
  // Dotted names of privileged keys that were set but ignored (Trust::restricted).
  std::vector<std::string> ignored_keys;
  // For people, one line each: keys accepted but without effect in this version, ...
  std::vector<std::string> warnings;
};

// All problems of the file in one error message, one per line, each with file,
// line, column, key and, for an unknown key, the nearest known one; then those of
// the environment (with the variable's name) and of the flags. `source` may be
// nullptr: defaults, environment and flags only. The user's own configuration
// file is always trusted. Variables that are set to nothing count as unset.
Result<Loaded> load(const Source* source, const Env& env, const Flags& flags, Trust trust);

}  // namespace fabrik::config
