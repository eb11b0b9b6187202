// Help texts made from the tables of commands and options, at most 80 columns
// wide.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.hpp"
#include "cli/style.hpp"

namespace fabrik::cli {

// `fabrik help`: all commands, one line each.
std::string all_help(const Style& style);

// `fabrik help COMMAND` and `fabrik COMMAND --help`.
std::string command_help(const Command& command, const Style& style);

// "fabrik stop [OPTIONS] NAME"
std::string usage(const Command& command);

// "-c, --config FILE", with room for the letter when there is none.
std::string option_heading(const Option& option);

// The option every command has.
inline constexpr Option kHelpOption = {.name = "help", .letter = 'h', .help = "Show this help"};

// Breaks `text` at spaces into lines of at most `width` columns and puts
// `indent` spaces before all but the first.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

// Fills the lines of each paragraph up to `width`. Indented lines are examples
// and stay as they are. Ends with a line break unless it is empty.
std::string reflow(std::string_view text, std::size_t width);

// Command::details as they are shown.
std::string details_of(const Command& command);

}  // namespace fabrik::cli
