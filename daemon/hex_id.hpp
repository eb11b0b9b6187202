// Keys of entries as text that survives JSON and command lines: the bytes of a key
// may be anything.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cache/key.hpp"

namespace fabrik::daemon {

std::string id_of(const cache::EntryKey& key);
// invalid_argument for anything that id_of() would not have made.
Result<cache::EntryKey> key_of_id(std::string_view id);

}  // namespace fabrik::daemon
