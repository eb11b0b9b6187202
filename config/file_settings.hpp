// The settings of a fabrik.toml.
#pragma once

#include "base/env.hpp"
#include "base/result.hpp"
#include "config/problems.hpp"
#include "config/settings.hpp"

namespace fabrik::config {

// Adds what the file sets to `out`; what is wrong goes to `problems`, what an
// untrusted file may not set to out.ignored_keys. Syntax errors are returned.
Result<void> add_file(const Source& source, const Env& env, Trust trust, Resolved& out,
                      Problems& problems);

// "cache.max_size = \"5 bananas\": has an unknown unit; ...", without the value of
// a secret.
std::string bad_value(const Key& key, std::string_view name, std::string_view shown,
                      std::string_view why);

// Puts the home directory in the place of a leading ~/ of a path.
void expand_home(const Key& key, const Env& env, Value& value);

}  // namespace fabrik::config
