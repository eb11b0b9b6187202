// Completion scripts made from the tables of commands and options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace fabrik::cli {

std::string bash_completions();
std::string zsh_completions();
std::string fish_completions();

// What the name of a value in the tables lets a shell offer.
struct Offer {
  enum class Kind { nothing, words, files, directories, commands };
  Kind kind = Kind::nothing;
  std::vector<std::string> words;
};

// "bash|zsh|fish" offers those words, "FILE" files, "DIR" directories, "COMMAND"
// our own commands; brackets around it do not matter.
Offer offer_for(std::string_view placeholder);

// `text` as one word of sh, zsh or fish: in single quotes, without line breaks.
std::string shell_word(std::string_view text);

// Names of all commands people may type.
std::vector<std::string> command_names();

// "a b c"
std::string joined(const std::vector<std::string>& words, std::string_view separator = " ");

}  // namespace fabrik::cli
