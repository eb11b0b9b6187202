// Turborepo's JSON bodies, both ways. Pure functions; the only JSON in adapters/.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "cache/entry.hpp"

namespace fabrik::adapters {

// The field with the milliseconds a task took, and the one with its signature.
inline constexpr std::string_view kTurboDuration = "x-artifact-duration";
inline constexpr std::string_view kTurboTag = "x-artifact-tag";

// {"hashes":["..."]} -> the hashes in order. invalid_argument for anything else.
Result<std::vector<std::string>> parse_turbo_query(std::string_view body);
// Whether an events body is JSON (turbo sends a list of objects).
bool is_turbo_events(std::string_view body);

using TurboFound = std::vector<std::pair<std::string, std::optional<cache::EntryInfo>>>;
// {"<hash>":{"size":1,"taskDurationMs":2,"tag":"..."},"<hash>":null}; a tag only where
// there is one, a duration that is no number is 0.
std::string turbo_query_json(const TurboFound& found);

// {"urls":["<url>"]}
std::string turbo_uploaded_json(std::string_view url);
// {"error":{"code":"not_found","message":"..."}}
std::string turbo_error_json(std::string_view code, std::string_view message);

}  // namespace fabrik::adapters
