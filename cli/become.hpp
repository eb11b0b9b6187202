// Running one command with the project's variables, in the place of this process.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "activate/activation.hpp"
#include "cli/command.hpp"

namespace fabrik::cli {

// `env` with the variables of the project, whose daemon runs by then, and what is
// known of it. Never an error: without a project, or when the cache cannot be used,
// `env` without one, no daemon (http_port 0), and a line to invocation.err.
activate::ProjectEnvironment enter_project(const Invocation& invocation, const Env& env);

// Replaces this process by the command: exit status and signals are the command's.
// Returns only when that fails: 127 when there is no such command, 126 otherwise.
int become(const std::vector<std::string>& command, const Env& env, const Invocation& invocation);

}  // namespace fabrik::cli
