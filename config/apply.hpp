// How a checked value gets into the Config: one overload per type of field.
// Only for the table (keys_*.hpp).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "config/config.hpp"
#include "config/value.hpp"

namespace fabrik::config::apply {

inline void put(std::string& field, const Value& value) {
  field = std::get<std::string>(value);
}
inline void put(std::filesystem::path& field, const Value& value) {
  field = std::get<std::string>(value);
}
inline void put(bool& field, const Value& value) {
  field = std::get<bool>(value);
}
inline void put(std::uint64_t& field, const Value& value) {
  field = std::get<std::uint64_t>(value);
}
inline void put(std::chrono::milliseconds& field, const Value& value) {
  field = std::get<std::chrono::milliseconds>(value);
}
inline void put(std::vector<std::string>& field, const Value& value) {
  field = std::get<std::vector<std::string>>(value);
}
inline void put(std::vector<QuotaConfig>& field, const Value& value) {
  field.clear();
  for (const std::string& item : std::get<std::vector<std::string>>(value)) {
    const auto equals = item.rfind('=');
    field.push_back({.pattern = item.substr(0, equals),
                     .bytes = parse_size(item.substr(equals + 1)).value_or(0)});
  }
}
inline void put(std::uint16_t& field, const Value& value) {
  field = static_cast<std::uint16_t>(std::get<std::int64_t>(value));
}
inline void put(std::uint32_t& field, const Value& value) {
  field = static_cast<std::uint32_t>(std::get<std::int64_t>(value));
}
inline void put(EvictionPolicy& field, const Value& value) {
  const auto& text = std::get<std::string>(value);
  field = text == "lfu"   ? EvictionPolicy::lfu
          : text == "ttl" ? EvictionPolicy::ttl
                          : EvictionPolicy::lru;
}
inline void put(WireZstd& field, const Value& value) {
  const auto& text = std::get<std::string>(value);
  field = text == "true" ? WireZstd::on : text == "false" ? WireZstd::off : WireZstd::automatic;
}
inline void put(Durability& field, const Value& value) {
  field = std::get<std::string>(value) == "sync" ? Durability::sync : Durability::fast;
}

inline void put(Access& field, const Value& value) {
  field = std::get<std::string>(value) == "token" ? Access::token : Access::automatic;
}

template <auto Section, auto Field>
void assign(Config& config, std::string_view, const Value& value) {
  put(config.*Section.*Field, value);
}

template <auto Field>
void assign_sccache(Config& config, std::string_view, const Value& value) {
  put(config.build_tools.sccache.*Field, value);
}

inline void set_auto_configure(Config& config, std::string_view tool, const Value& value) {
  auto& off = config.build_tools.not_auto_configured;
  std::erase(off, tool);
  if (!std::get<bool>(value)) {
    off.emplace_back(tool);
  }
}

}  // namespace fabrik::config::apply
