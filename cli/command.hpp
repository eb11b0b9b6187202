// Subcommands of `fabrik` as data: parsing, --help, man pages and completions
// all come from these tables.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.hpp"
#include "base/result.hpp"
#include "statefs/paths.hpp"

namespace fabrik::cli {

struct Option {
  std::string_view name;        // "stop-daemon", without dashes
  char letter = 0;              // 'f', or 0 for none
  std::string_view value = {};  // name of its value in --help ("FILE"); empty: a switch
  std::string_view help;
  std::string_view env = {};  // its environment variable, when env_name()'s rule does not fit
  bool repeats = false;       // may be given several times; Invocation joins the values by '\n'
};

// A parsed command line and the world it runs in. Commands print results to
// `out`, everything else to `err`.
struct Invocation {
  std::map<std::string, std::string, std::less<>> options;  // given ones; switches map to ""
  std::vector<std::string> arguments;                       // positionals, and all after "--"
  const Env& env;
  std::filesystem::path executable;  // this `fabrik`, canonical
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool colour = false;  // out is a terminal and NO_COLOR is not set

  bool has(std::string_view option) const { return options.find(option) != options.end(); }
  // The value, or `fallback` when the option was not given.
  std::string value(std::string_view option, std::string_view fallback = {}) const {
    const auto found = options.find(option);
    return found == options.end() ? std::string(fallback) : found->second;
  }
};

struct Command {
  std::string_view name;       // "deactivate"
  std::string_view arguments;  // "bash|zsh|fish", "-- COMMAND [ARGUMENT...]", or empty
  std::string_view summary;    // one line, for the list of commands
  std::string_view details;    // further paragraphs of --help: what it does, examples
  std::span<const Option> options;
  bool takes_command = false;  // everything after the options belongs to a child command
  bool hidden = false;         // not for people: supervise
  // The exit status, or an error that main prints as "fabrik <name>: <message>".
  Result<int> (*run)(const Invocation& invocation);
};

// The environment variable that stands for an option of `command`: Option::env,
// else FABRIK_<COMMAND>_<OPTION>. Empty for hidden commands, which have none.
std::string env_name(const Command& command, const Option& option);

// All subcommands in the order of `fabrik --help`. Each lives in its own
// cmd_<name>.cpp, which defines `const Command k<Name>Command`.
std::span<const Command* const> commands();

}  // namespace fabrik::cli
