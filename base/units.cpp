#include "base/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

namespace fabrik {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kKi = 1024;
constexpr std::array kSizeUnits = {
    Unit{"", 1},
    Unit{"b", 1},
    Unit{"kb", 1e3},
    Unit{"mb", 1e6},
    Unit{"gb", 1e9},
    Unit{"tb", 1e12},
    Unit{"kib", kKi},
    Unit{"mib", kKi* kKi},
    Unit{"gib", kKi* kKi* kKi},
    Unit{"tib", kKi* kKi* kKi* kKi},
    Unit{"k", kKi},
    Unit{"m", kKi* kKi},
    Unit{"g", kKi* kKi* kKi},
    Unit{"t", kKi* kKi* kKi* kKi},
};
constexpr std::array kTimeUnits = {
    Unit{"ms", 1},     Unit{"s", 1e3},     Unit{"m", 60e3},
    Unit{"h", 3600e3}, Unit{"d", 86400e3}, Unit{"w", 7 * 86400e3},
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return out;
}

struct Quantity {
  double value;
  std::string unit;
};

Result<Quantity> split(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(value) || value < 0 || text.front() == '-') {
    return fail(Errc::invalid_argument, "does not start with a positive number");
  }
  std::string_view unit(end, text.data() + text.size() - end);
  while (unit.starts_with(' ')) {
    unit.remove_prefix(1);
  }
  return Quantity{value, lower(unit)};
}

template <std::size_t N>
Result<double> scale(std::string_view text, const std::array<Unit, N>& units,
                     std::string_view examples) {
  const auto problem = [&](std::string_view why) {
    return fail(Errc::invalid_argument, "\"" + std::string(text) + "\" " + std::string(why) +
                                            "; write it like " + std::string(examples));
  };
  if (text.empty()) {
    return problem("is empty");
  }
  const auto quantity = split(text);
  if (!quantity) {
    return problem(quantity.error().message);
  }
  for (const Unit& unit : units) {
    if (unit.name == quantity->unit) {
      const double result = quantity->value * unit.factor;
      if (result >= 9.2e18) {
        return problem("is too large");
      }
      return result;
    }
  }
  if (quantity->unit.empty() && quantity->value == 0) {
    return 0.0;
  }
  return problem(quantity->unit.empty() ? "has no unit" : "has an unknown unit");
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  FABRIK_TRY(const double bytes, scale(text, kSizeUnits, "\"5GB\" or \"512MiB\""));
  return static_cast<std::uint64_t>(std::llround(bytes));
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  FABRIK_TRY(const double ms, scale(text, kTimeUnits, "\"30s\", \"5m\", \"2h\" or \"7d\""));
  return std::chrono::milliseconds(std::llround(ms));
}

std::string format_size(std::uint64_t bytes) {
  static constexpr std::array kNames = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < kNames.size()) {
    value /= kKi;
    ++unit;
  }
  const int digits = unit == 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f %s", digits, value, kNames[unit]);
  return text.data();
}

std::string format_duration(std::chrono::milliseconds duration) {
  using Step = std::pair<std::int64_t, const char*>;
  static constexpr std::array kSteps = {Step{86400000, "d"}, Step{3600000, "h"}, Step{60000, "m"},
                                        Step{1000, "s"}};
  std::int64_t left = duration.count();
  if (left < 1000) {
    return std::to_string(left) + "ms";
  }
  std::string out;
  int parts = 0;
  for (const auto& [factor, unit] : kSteps) {
    const std::int64_t count = left / factor;
    left %= factor;
    if (count == 0 && out.empty()) {
      continue;
    }
    if (count > 0) {
      out += (out.empty() ? "" : " ") + std::to_string(count) + unit;
    }
    if (++parts == 2) {
      break;
    }
  }
  return out;
}

}  // namespace fabrik
