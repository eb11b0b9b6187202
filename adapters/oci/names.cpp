#include "adapters/oci/names.hpp"

#include <algorithm>
#include <charconv>

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMaxRepository = 255;
constexpr std::size_t kMaxTag = 128;
constexpr std::string_view kAlgorithm = "sha256:";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z');
}
bool is_word(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_separator(std::string_view text) {
  return text == "." || text == "_" || text == "__" ||
         (!text.empty() && std::ranges::all_of(text, [](char c) { return c == '-'; }));
}

// [a-z0-9]+ ( separator [a-z0-9]+ )*
bool is_component(std::string_view text) {
  for (;;) {
    const auto word_end = std::ranges::find_if_not(text, is_lower);
    if (word_end == text.begin()) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(word_end - text.begin()));
    if (text.empty()) {
      return true;
    }
    const auto separator_end = std::ranges::find_if(text, is_lower);
    const auto length = static_cast<std::size_t>(separator_end - text.begin());
    if (!is_separator(text.substr(0, length))) {
      return false;
    }
    text.remove_prefix(length);
  }
}

std::optional<std::uint64_t> number(std::string_view digits) {
  if (digits.empty() || !std::ranges::all_of(digits, is_digit)) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

}  // namespace

bool is_oci_repository(std::string_view name) {
  if (name.size() > kMaxRepository) {
    return false;
  }
  for (;;) {
    const std::size_t slash = name.find('/');
    if (!is_component(name.substr(0, slash))) {
      return false;
    }
    if (slash == std::string_view::npos) {
      return true;
    }
    name.remove_prefix(slash + 1);
  }
}

bool is_oci_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= kMaxTag && is_word(tag.front()) &&
         std::ranges::all_of(tag, [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

std::optional<Digest> parse_oci_digest(std::string_view text) {
  if (!text.starts_with(kAlgorithm)) {
    return std::nullopt;
  }
  const std::string_view hex = text.substr(kAlgorithm.size());
  const Result<Digest> digest = Digest::from_hex(hex);
  const bool upper = std::ranges::any_of(hex, [](char c) { return c >= 'A' && c <= 'F'; });
  return digest && !upper ? std::optional(*digest) : std::nullopt;
}

std::string oci_digest(const Digest& digest) {
  return std::string(kAlgorithm) + digest.hex();
}

std::optional<UploadRange> parse_upload_range(std::string_view text) {
  if (text.starts_with("bytes ")) {
    text.remove_prefix(std::string_view("bytes ").size());
    text = text.substr(0, text.find('/'));
  }
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) {
    return std::nullopt;
  }
  const auto first = number(text.substr(0, dash));
  const auto last = number(text.substr(dash + 1));
  if (!first || !last || *last < *first) {
    return std::nullopt;
  }
  return UploadRange{.first = *first, .last = *last};
}

}  // namespace fabrik::adapters
