// What a key may hold, and the way there from TOML and from text. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace fabrik::config {

struct Key;

enum class Type {
  boolean,   // true, false
  integer,   // Key::min to Key::max
  size,      // "5GB", "512MiB", or an integer of bytes
  duration,  // "30s", "7d"
  string,
  path,     // relative ones belong to the directory of fabrik.toml; ~/ is the home directory
  choice,   // one of Key::choices
  list,     // strings out of Key::choices; in text: separated by commas
  parts,    // a list of PART or PART/NAMESPACE, PART out of Key::choices, or "*"
  quotas,   // the same, each with =SIZE
  url,      // one of the schemes in Key::choices, then ://
  address,  // HOST or HOST:PORT
};

// How documentation calls a type: "size", "one of lru, lfu, ttl".
std::string describe(const Key& key);

// boolean -> bool, integer -> int64_t, size -> uint64_t (bytes), duration ->
// milliseconds, list -> vector, everything else -> string.
using Value = std::variant<bool, std::int64_t, std::uint64_t, std::chrono::milliseconds,
                           std::string, std::vector<std::string>>;

// One value as a TOML file spells it, before its key is known.
struct RawValue {
  enum class Kind { boolean, integer, string, strings, table, tables, other };
  Kind kind = Kind::other;
  bool boolean = false;
  std::int64_t integer = 0;
  std::string string = {};
  std::vector<std::string> strings = {};
  std::string shown = {};  // as TOML, for messages: "\"5 bananas\"", "17", "{...}"
};

// Errors (invalid_argument) say what is wrong with the value and how to write
// it, without repeating it: "is a string; write an integer".
Result<Value> from_toml(const Key& key, const RawValue& raw);
// The same for environment variables, flags and the defaults of the table.
Result<Value> from_text(const Key& key, std::string_view text);

// `text` as TOML basic string, quotes included.
std::string quote(std::string_view text);
// A text that from_text accepts as a TOML literal: quoted where TOML wants it.
std::string to_literal(const Key& key, std::string_view text);

}  // namespace fabrik::config
