#include "adapters/shared/keys.hpp"

#include <algorithm>

#include "net/http_message.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMaxKey = 128;
constexpr std::size_t kMaxNestedKey = 1024;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool fits(std::string_view key, std::size_t limit) {
  return !key.empty() && key.size() <= limit;
}

bool is_segment(std::string_view segment) {
  return !segment.empty() && segment != "." && segment != "..";
}

}  // namespace

bool is_word_key(std::string_view key) {
  return fits(key, kMaxKey) && std::ranges::all_of(key, is_word);
}

bool is_file_key(std::string_view key) {
  return fits(key, kMaxKey) && key.front() != '.' &&
         std::ranges::all_of(key, [](char c) { return is_word(c) || c == '.'; });
}

bool is_hex_key(std::string_view key, std::size_t digits) {
  return key.size() == digits && std::ranges::all_of(key, is_hex);
}

std::optional<std::string> nested_key(std::string_view encoded) {
  // Three bytes of request per byte of key at most: refuse before decoding.
  if (!fits(encoded, 3 * kMaxNestedKey)) {
    return std::nullopt;
  }
  std::optional<std::string> key = net::percent_decode(encoded);
  if (!key || !fits(*key, kMaxNestedKey) ||
      !std::ranges::all_of(*key, [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; })) {
    return std::nullopt;
  }
  for (std::string_view rest = *key;;) {
    const std::size_t slash = rest.find('/');
    if (!is_segment(rest.substr(0, slash))) {
      return std::nullopt;
    }
    if (slash == std::string_view::npos) {
      return key;
    }
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace fabrik::adapters
