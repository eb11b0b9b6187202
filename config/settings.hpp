// What was set where: the merged settings before they become a Config. For
// load(), `config show` and tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/env.hpp"
#include "base/result.hpp"
#include "config/discover.hpp"
#include "config/keys.hpp"
#include "config/load.hpp"

namespace fabrik::config {

struct Setting {
  const Key* key = nullptr;
  Value value;
  std::string text;    // as a TOML literal: "\"5GB\"", "true"
  std::string origin;  // "/p/fabrik.toml:3", "FABRIK_CONFIG_CACHE_DIR", "flag", "default"
};

// By concrete name: "cache.max_size", "upstream.0.url".
using Settings = std::map<std::string, Setting, std::less<>>;

struct Resolved {
  Settings settings;  // only what was set somewhere
  std::vector<std::string> ignored_keys;
  std::vector<std::string> warnings;
};

// File < environment < flags, each value checked. Errors as load().
Result<Resolved> resolve(const Source* source, const Env& env, const Flags& flags, Trust trust);

// The settings plus every other key with its default, patterns left out.
Settings with_defaults(const Settings& settings);

}  // namespace fabrik::config
