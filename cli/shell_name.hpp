// Which shell a command is for.
#pragma once

#include "activate/render_shell.hpp"
#include "base/result.hpp"
#include "cli/command.hpp"

namespace fabrik::cli {

inline constexpr Option kShellOption = {.name = "shell",
                                        .value = "SHELL",
                                        .help =
                                            "bash, zsh, fish or sh; default: the one that "
                                            "called"};
inline constexpr Option kFromHookOption = {.name = "from-hook",
                                           .help = "Used by the hook: print its variables too"};

// The one named `given`; when that is empty, the calling shell, else $SHELL, else
// bash. invalid_argument: not a shell fabrik knows.
Result<activate::Shell> choose_shell(std::string_view given, const Env& env);

}  // namespace fabrik::cli
