// Which settings of a project's file need `fabrik trust`.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/env.hpp"
#include "config/discover.hpp"
#include "config/keys.hpp"

namespace fabrik::config {

// Whether this value, found in `source`, reaches beyond the project: another
// machine, a credential, or a place on disk outside. Looks at the disk for paths,
// following the links that exist now.
bool is_privileged(const Key& key, const Value& value, const Source& source, const Env& env);

// Whether a directory, relative to the file's directory, lies strictly inside the
// project, or inside the user's cache home and not in the part of it where fabrik
// keeps the caches of other projects.
bool is_own_place(const std::filesystem::path& path, const Source& source, const Env& env);

// "127.0.0.1", "localhost:80", "[::1]:7070".
bool is_loopback(std::string_view address);

}  // namespace fabrik::config
