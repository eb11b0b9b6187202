// From an argument vector to the options and arguments of one command. The only
// place that knows how command lines are parsed (cxxopts).
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/env.hpp"
#include "base/result.hpp"
#include "cli/command.hpp"

namespace fabrik::cli {

struct ParsedOptions {
  std::map<std::string, std::string, std::less<>> options;  // as Invocation::options
  std::vector<std::string> arguments;
  bool help = false;  // --help or -h was among the options
};

// `arguments` is what follows the command's name. "--" ends the options; so does
// the first argument of a command that takes a child command. An option that is
// not given takes the value of its environment variable (env_name()): a switch is on for 1, true,
// yes and on, and off for 0, false, no, off and "". invalid_argument: unknown option (names the
// nearest), missing or extra value.
Result<ParsedOptions> parse_options(const Command& command, std::span<const std::string> arguments,
                                    const Env& env);

}  // namespace fabrik::cli
