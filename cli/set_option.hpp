// --set KEY=VALUE: configuration keys as flags.
#pragma once

#include "base/env.hpp"
#include "base/result.hpp"
#include "cli/command.hpp"
#include "config/load.hpp"

namespace fabrik::cli {

inline constexpr Option kSetOption = {.name = "set",
                                      .value = "KEY=VALUE",
                                      .help =
                                          "Set a key of the configuration; may be repeated (one "
                                          "a line in the environment)",
                                      .env = "FABRIK_SET",
                                      .repeats = true};

// What --set says, by canonical key. invalid_argument: no "=", an unknown key
// (names the nearest) or a bad value.
Result<config::Flags> settings_of(const Invocation& invocation);

// The caller's environment with what --set says as FABRIK_CONFIG_ variables, for
// what reads its settings there: a daemon, and the commands below it. So a flag
// wins over a variable, and a variable over the file.
Result<Env> env_with_settings(const Invocation& invocation);

// Before a command that would start a daemon with them: says on err when one
// runs already, which keeps the settings it has.
void warn_about_running_daemon(const Invocation& invocation, std::string_view command);

}  // namespace fabrik::cli
