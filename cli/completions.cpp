#include "cli/completions.hpp"

#include <algorithm>

#include "cli/commands.hpp"

namespace fabrik::cli {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string_view without_brackets(std::string_view text) {
  while (!text.empty() && (text.front() == '[' || text.front() == '(')) {
    text.remove_prefix(1);
  }
  const auto end = text.find_first_of("]) ");
  text = text.substr(0, end);
  while (text.ends_with('.')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

Offer offer_for(std::string_view placeholder) {
  const std::string_view text = without_brackets(placeholder);
  if (text == "FILE" || text == "PATH") {
    return {Offer::Kind::files, {}};
  }
  if (text == "DIR" || text == "DIRECTORY") {
    return {Offer::Kind::directories, {}};
  }
  if (text == "COMMAND") {
    return {Offer::Kind::commands, {}};
  }
  Offer offer{Offer::Kind::words, {}};
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find('|'));
    if (is_word(word)) {
      offer.words.emplace_back(word);
    }
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return offer.words.empty() ? Offer{} : offer;
}

std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";  // means the same in bash, zsh and fish
    } else {
      out += c == '\n' ? ' ' : c;
    }
  }
  return out + "'";
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command* command : commands()) {
    if (!command->hidden) {
      names.emplace_back(command->name);
    }
  }
  return names;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : std::string(separator)) + word;
  }
  return text;
}

}  // namespace fabrik::cli
