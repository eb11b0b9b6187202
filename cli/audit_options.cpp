#include "cli/audit_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "base/units.hpp"

namespace fabrik::cli {
namespace {

using std::chrono::system_clock;

// "2026-11-21" or "2026-11-21T10:00:00", digits for the marks below.
constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
constexpr std::size_t kDate = 10;

bool has_shape(std::string_view text) {
  if (text.size() != kDate && text.size() != kShape.size()) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !is_digit : text[i] != kShape[i]) {
      return false;
    }
  }
  return true;
}

int number(std::string_view text, std::size_t at, std::size_t digits) {
  int value = 0;
  if (at < text.size()) {
    std::from_chars(text.data() + at, text.data() + at + digits, value);
  }
  return value;
}

std::optional<system_clock::time_point> parse_utc(std::string_view text) {
  namespace ch = std::chrono;
  if (text.ends_with('Z')) {
    text.remove_suffix(1);
  }
  if (!has_shape(text)) {
    return std::nullopt;
  }
  const ch::year_month_day date(ch::year(number(text, 0, 4)),
                                ch::month(static_cast<unsigned>(number(text, 5, 2))),
                                ch::day(static_cast<unsigned>(number(text, 8, 2))));
  const int hours = number(text, 11, 2);
  const int minutes = number(text, 14, 2);
  const int seconds = number(text, 17, 2);
  if (!date.ok() || hours > 23 || minutes > 59 || seconds > 60) {
    return std::nullopt;
  }
  const ch::sys_seconds time =
      ch::sys_days(date) + ch::hours(hours) + ch::minutes(minutes) + ch::seconds(seconds);
  // The clock counts nanoseconds, which end in the years 1677 and 2262.
  return std::clamp(time, ch::ceil<ch::seconds>(system_clock::time_point::min()),
                    ch::floor<ch::seconds>(system_clock::time_point::max()));
}

}  // namespace

Result<system_clock::time_point> parse_since(std::string_view text, system_clock::time_point now) {
  if (const auto time = parse_utc(text)) {
    return *time;
  }
  if (const auto age = parse_duration(text)) {
    return now - *age;
  }
  return fail(Errc::invalid_argument,
              "--since \"" + std::string(text) +
                  "\" is neither a duration (30m, 2h, 7d) nor a date or time in UTC "
                  "(2026-11-21, 2026-11-21T10:00:00Z)");
}

}  // namespace fabrik::cli
