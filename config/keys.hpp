// Every configuration key, described once. Loading, validation, `config show`,
// `config generate`, docs/configuration.md and --help all come from this table.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/value.hpp"

namespace fabrik::config {

// When a key of a project's file needs `fabrik trust` (values from the user's
// own file, environment and flags never do).
enum class Privilege {
  none,
  always,
  outside,       // when the path leaves the project and the user's cache home
  non_loopback,  // when the address can be reached from elsewhere
};

struct Key {
  std::string_view name;               // "cache.max_size", "upstream.*.url", "build_tools.*.port"
  Type type = Type::string;            //
  std::string_view default_text = {};  // as in an environment variable; empty: not set
  std::string_view help = {};          // one sentence, Markdown allowed, no full stop
  Privilege privilege = Privilege::none;
  bool secret = false;              // never printed
  std::string_view choices = {};    // separated by blanks
  std::string_view older_env = {};  // further variables, separated by blanks
  std::int64_t min = 0;             // integer; size in bytes; duration in ms
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  // Writes the value into the Config; `instance` is what stands for the `*`.
  // nullptr: the key is accepted and checked, but has no effect in this version.
  void (*apply)(Config&, std::string_view instance, const Value&) = nullptr;

  bool has_effect() const { return apply != nullptr; }
  bool is_pattern() const { return name.find('*') != std::string_view::npos; }
};

// In the order of the documentation, section by section.
std::span<const Key> keys();

// A build tool that build_tools.enabled may name.
struct Tool {
  std::string_view name;
  bool available = false;  // this version has its adapter
};
std::span<const Tool> tools();

// The words of `text`, which are separated by blanks.
std::vector<std::string_view> words(std::string_view text);

// Other spellings of a name put right: build_systems.* is build_tools.*,
// observability.metrics_bind is observability.api_bind.
std::string canonical_name(std::string_view name);

// The key with this (canonical, concrete) name: "upstream.0.url" finds
// upstream.*.url. nullptr: there is none.
const Key* find_key(std::string_view name);
// "0" for upstream.0.url, "gradle" for build_tools.gradle.port, else empty.
std::string_view instance_of(const Key& key, std::string_view name);
// Whether keys live below this name: "cache", "upstream.0", "build_tools.gradle".
bool is_section(std::string_view name);
// The nearest key or section to a wrong name, as its user would write it.
std::optional<std::string> nearest_name(std::string_view name);

// FABRIK_CONFIG_CACHE_MAX_SIZE; for patterns FABRIK_CONFIG_UPSTREAM_<N>_URL.
std::string env_name(std::string_view name);
// The name of the key that an environment variable sets: by the nested scheme or,
// with `older`, by one of the older spellings (upstream ones mean upstream.0).
std::optional<std::string> key_of_variable(std::string_view variable, bool older);

}  // namespace fabrik::config
