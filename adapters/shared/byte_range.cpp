#include "adapters/shared/byte_range.hpp"

#include <algorithm>
#include <charconv>

#include "net/http_message.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kUnit = "bytes=";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

// Digits only. A number that does not fit is beyond every end, so it is capped.
std::optional<std::uint64_t> position(std::string_view digits) {
  if (digits.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() ? value : UINT64_MAX;
}

RangeChoice part(std::uint64_t first, std::uint64_t last) {
  return {.answer = RangeAnswer::part, .range = {.first = first, .last = last}};
}

constexpr RangeChoice kWhole{};
constexpr RangeChoice kUnsatisfiable{.answer = RangeAnswer::unsatisfiable, .range = {}};

// "-N": the last N bytes.
RangeChoice suffix(std::string_view digits, std::uint64_t size) {
  const std::optional<std::uint64_t> count = position(digits);
  if (!count) {
    return kWhole;
  }
  if (*count == 0 || size == 0) {
    return kUnsatisfiable;
  }
  return part(size - std::min(*count, size), size - 1);
}

}  // namespace

RangeChoice choose_range(std::optional<std::string_view> header, std::uint64_t size) {
  if (!header || header->size() < kUnit.size() ||
      !net::equal_ignoring_case(header->substr(0, kUnit.size()), kUnit)) {
    return kWhole;
  }
  const std::string_view spec = trimmed(header->substr(kUnit.size()));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos || spec.contains(',')) {
    return kWhole;
  }
  if (dash == 0) {
    return suffix(spec.substr(1), size);
  }
  const std::optional<std::uint64_t> first = position(spec.substr(0, dash));
  const std::string_view rest = spec.substr(dash + 1);
  const std::optional<std::uint64_t> last = rest.empty() ? UINT64_MAX : position(rest);
  if (!first || !last || *last < *first) {
    return kWhole;
  }
  return *first >= size ? kUnsatisfiable : part(*first, std::min(*last, size - 1));
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.first) + "-" + std::to_string(range.last) + "/" +
         std::to_string(size);
}

std::string unsatisfied_range(std::uint64_t size) {
  return "bytes */" + std::to_string(size);
}

}  // namespace fabrik::adapters
