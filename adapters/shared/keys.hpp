// Which keys we accept. Keys never become file names, so these rules only keep
// out what no client sends.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fabrik::adapters {

// 1 to 128 of [A-Za-z0-9_-].
bool is_word_key(std::string_view key);
// 1 to 128 of [A-Za-z0-9._-], not starting with a dot.
bool is_file_key(std::string_view key);
// Exactly `digits` hex digits of either case.
bool is_hex_key(std::string_view key, std::size_t digits);

// A key with slashes, percent-decoded: at most 1024 bytes of printable ASCII, no
// backslash, no empty, "." or ".." segment. nullopt for anything else.
std::optional<std::string> nested_key(std::string_view encoded);

}  // namespace fabrik::adapters
