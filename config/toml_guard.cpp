#include "config/toml_guard.hpp"

#include <algorithm>
#include <string>

namespace fabrik::config {
namespace {

constexpr int kMaxBrackets = 4;
constexpr int kMaxCommas = 256;
constexpr int kMaxDots = 7;

// The position after the string that starts at `start` with a quote, or the end
// of the text. Knows the four kinds of TOML strings.
std::size_t skip_string(std::string_view text, std::size_t start) {
  const char mark = text[start];
  const std::string triple(3, mark);
  const bool multi_line = text.substr(start, 3) == triple;
  std::size_t at = start + (multi_line ? 3 : 1);
  while (at < text.size()) {
    if (mark == '"' && text[at] == '\\') {
      at += 2;
    } else if (multi_line && text.substr(at, 3) == triple) {
      at += 3;
      while (at < text.size() && text[at] == mark) {
        ++at;  // up to two quotes may stand before the closing three
      }
      return at;
    } else if (!multi_line && (text[at] == mark || text[at] == '\n')) {
      return at + 1;
    } else {
      ++at;
    }
  }
  return text.size();
}

// The bytes of the character that starts at `at`; 0: it is not UTF-8 (RFC 3629, 4).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto is_tail = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xBF; };
  const unsigned lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    return is_tail(1) ? 2 : 0;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool short_enough = lead != 0xE0 || byte(1) >= 0xA0;
    const bool no_surrogate = lead != 0xED || byte(1) <= 0x9F;
    return is_tail(1) && is_tail(2) && short_enough && no_surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool short_enough = lead != 0xF0 || byte(1) >= 0x90;
    const bool in_range = lead != 0xF4 || byte(1) <= 0x8F;
    return is_tail(1) && is_tail(2) && is_tail(3) && short_enough && in_range ? 4 : 0;
  }
  return 0;
}

std::unexpected<Error> refuse(std::string_view file, std::string_view content, std::size_t at,
                              std::string_view what) {
  const auto before = content.substr(0, at);
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto column = at - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return fail(Errc::invalid_argument, std::string(file) + ":" + std::to_string(line) + ":" +
                                          std::to_string(column) + ": " + std::string(what));
}

Result<void> check_shape(std::string_view file, std::string_view content) {
  int brackets = 0;
  int dots = 0;
  int commas = 0;
  for (std::size_t at = 0; at < content.size();) {
    switch (content[at]) {
      case '"':
      case '\'':
        at = skip_string(content, at);
        continue;
      case '#':
        at = std::min(content.find('\n', at), content.size());
        continue;
      case '[':
      case '{':
        dots = 0;
        if (++brackets > kMaxBrackets) {
          return refuse(file, content, at, "arrays and tables are nested too deeply");
        }
        break;
      case ']':
      case '}':
        brackets = std::max(0, brackets - 1);
        commas = brackets == 0 ? 0 : commas;
        break;
      case '.':
        if (++dots > kMaxDots) {
          return refuse(file, content, at, "the key has too many parts");
        }
        break;
      case ',':
        dots = 0;
        if (++commas > kMaxCommas) {
          return refuse(file, content, at, "the list is too long");
        }
        break;
      case '\n':
      case '=':
        dots = 0;
        commas = brackets == 0 ? 0 : commas;
        break;
      default:
        break;
    }
    ++at;
  }
  return {};
}

}  // namespace

Result<void> check_text(std::string_view file, std::string_view content) {
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t length = utf8_length(content, at);
    if (length == 0) {
      return refuse(file, content, at, "this is not UTF-8");
    }
    at += length;
  }
  return check_shape(file, content);
}

}  // namespace fabrik::config
