// What `fabrik audit` and `fabrik revoke` have in common.
#pragma once

#include <chrono>
#include <string_view>

#include "base/result.hpp"
#include "cli/command.hpp"

namespace fabrik::cli {

inline constexpr Option kSinceOption = {
    .name = "since",
    .value = "TIME",
    .help = "This time and later: \"2h\", \"2026-11-21\", \"2026-11-21T10:00:00Z\""};

// A duration before `now`, or a date or time in UTC. invalid_argument for others.
Result<std::chrono::system_clock::time_point> parse_since(
    std::string_view text, std::chrono::system_clock::time_point now);

}  // namespace fabrik::cli
