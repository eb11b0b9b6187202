// Which build of fabrik a process runs, and where its worker is.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/env.hpp"
#include "base/result.hpp"

namespace fabrik::activate {

// "0.1.0": of this program.
std::string_view program_version();

// fabrikd: beside `executable`, else in ../libexec/fabrik, else $FABRIK_FABRIKD.
Result<std::filesystem::path> find_worker(const std::filesystem::path& executable, const Env& env);

// "0.1.0+<16 hex>" over the identity (inode, size, modification time) of both
// files. Replacing either one, as an upgrade does, gives another id. A missing
// file counts as one more identity, so this cannot fail.
std::string build_id(const std::filesystem::path& executable, const std::filesystem::path& worker);

// Numbers between dots compare as numbers; the rest is ignored.
bool is_newer_version(std::string_view candidate, std::string_view than);

}  // namespace fabrik::activate
