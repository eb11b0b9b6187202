// What `fabrik config validate` and `fabrik config show` print. Pure.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/load.hpp"
#include "config/settings.hpp"

namespace fabrik::cli {

struct ConfigCheck {
  config::Source source;
  Result<config::Loaded> result = fail(Errc::internal, "not loaded");
};

// "<file>: OK" and a line for each warning and each key that waits for trust.
std::string check_text(const ConfigCheck& check);
// {"file", "ok", "problems": [...], "warnings": [...], "needs_trust": [...]}
std::string check_json(const ConfigCheck& check);

struct ShowOptions {
  bool origin = false;
  std::vector<std::string> only = {};            // keys and sections; empty: all
  std::filesystem::path default_cache_dir = {};  // empty: unknown
};

// Every key with its value, limited to options.only. invalid_argument: a name
// there is no key or section; says which is nearest.
Result<config::Settings> shown_settings(const config::Resolved& resolved,
                                        const ShowOptions& options);
// One "key = value" line each, with "  # origin" when asked for.
std::string settings_text(const config::Settings& settings, const ShowOptions& options);
// {"cache.max_size": {"value": "5GB", "origin": "default"}, ...}; null: not set.
std::string settings_json(const config::Settings& settings, const ShowOptions& options);

}  // namespace fabrik::cli
