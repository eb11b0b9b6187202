// seen/<config hash> in the state directory: an empty file whose modification
// time is that of the configuration when a shell last read it with this content.
// A hook compares the two with -nt. By hash, so that a shell which has not seen
// an edit is not fooled by another one that has.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "config/discover.hpp"
#include "statefs/paths.hpp"

namespace fabrik::activate {

// Makes or renews the stamp. When the file was edited after `source` was read,
// the stamp stays older than it.
Result<std::filesystem::path> stamp_for(const statefs::Paths& paths, const config::Source& source);

}  // namespace fabrik::activate
