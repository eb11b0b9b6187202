// Sizes ("5GB", "512MiB") and durations ("7d", "30s") as people write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fabrik {

// Bytes. Units: B, KB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (powers
// of 1024), K, M, G, T (as KiB ...); case does not matter; fractions allowed.
// No unit means bytes. Overflow and negative values are errors.
Result<std::uint64_t> parse_size(std::string_view text);

// Units: ms, s, m, h, d, w. A unit is required unless the value is 0.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// "1.5 GiB", "312 B": for people. Three significant digits.
std::string format_size(std::uint64_t bytes);
// "2h 5m", "31s", "250ms": for people. The two largest units.
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace fabrik
