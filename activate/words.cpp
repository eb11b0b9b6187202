#include "activate/words.hpp"

namespace fabrik::activate {
namespace {

constexpr std::string_view kBlanks = " \t\n";

std::size_t find_word(std::string_view text, std::string_view prefix) {
  for (std::size_t at = text.find(prefix); at != std::string_view::npos;
       at = text.find(prefix, at + 1)) {
    if (at == 0 || kBlanks.contains(text[at - 1])) {
      return at;
    }
  }
  return std::string_view::npos;
}

}  // namespace

bool has_word(std::string_view text, std::string_view prefix) {
  return find_word(text, prefix) != std::string_view::npos;
}

std::string without_word(std::string_view text, std::string_view prefix) {
  std::string rest(text);
  for (std::size_t at = find_word(rest, prefix); at != std::string::npos;
       at = find_word(rest, prefix)) {
    std::size_t end = rest.find_first_of(kBlanks, at);
    if (end == std::string::npos) {
      end = rest.size();
    }
    if (at > 0) {
      --at;
    } else if (end < rest.size()) {
      ++end;
    }
    rest.erase(at, end - at);
  }
  return rest;
}

}  // namespace fabrik::activate
