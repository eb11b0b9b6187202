// A configuration file that exists in memory only, and what load() makes of it.
#pragma once

#include <string>

#include "config/load.hpp"

namespace fabrik::config::testing {

inline Source source_of(std::string content, const std::filesystem::path& root = "/project") {
  return {.path = root / "fabrik.toml", .content = std::move(content)};
}

inline Result<Loaded> load_text(std::string content, const Env& env = {}, const Flags& flags = {},
                                Trust trust = Trust::trusted) {
  const Source source = source_of(std::move(content));
  return load(&source, env, flags, trust);
}

// The message of a load that must fail; empty when it does not.
inline std::string problems_of(std::string content, const Env& env = {}, const Flags& flags = {}) {
  const auto loaded = load_text(std::move(content), env, flags);
  return loaded ? "" : loaded.error().message;
}

}  // namespace fabrik::config::testing
