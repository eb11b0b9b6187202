// Small state files that are read with distrust.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"

namespace fabrik::statefs {

// The content of a regular file (no symlink) of this user that nobody else may
// write. not_found when it is missing, forbidden when it must not be believed.
Result<std::string> read_own_file(const std::filesystem::path& path,
                                  std::uint64_t limit = 64 * 1024);

// The same, parsed: corrupt unless it is one complete JSON object.
Result<nlohmann::json> read_json_file(const std::filesystem::path& path,
                                      std::uint64_t limit = 64 * 1024);

// Paths may hold bytes that are not UTF-8, which JSON cannot carry: those are
// stored under "<key>_hex" instead of "<key>".
void put_bytes(nlohmann::json& object, std::string_view key, std::string_view bytes);
// What put_bytes stored; empty when there is none or it is malformed.
std::string get_bytes(const nlohmann::json& object, std::string_view key);

// The member when it is there and has this type, else the fallback.
std::string get_string(const nlohmann::json& object, std::string_view key);
std::int64_t get_int(const nlohmann::json& object, std::string_view key, std::int64_t fallback = 0);
bool get_bool(const nlohmann::json& object, std::string_view key);
// A port, or 0 when it is missing or out of range.
std::uint16_t get_port(const nlohmann::json& object, std::string_view key);

// Exactly 16 lower-case hex digits: the form of project ids and config hashes,
// and the only names accepted as path components.
bool is_short_hash(std::string_view text);

}  // namespace fabrik::statefs
