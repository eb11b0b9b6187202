// Does the environment of this process point at the daemon that runs?
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "activate/daemon_status.hpp"
#include "base/env.hpp"

namespace fabrik::cli {

struct ShellReport {
  enum class State {
    none,   // nothing of fabrik is exported
    right,  // the variables belong to this daemon
    stale,  // they belong to another project, daemon or port
  };
  State state = State::none;
  std::string problem;  // why it is stale; empty otherwise
  // The exported ones of activate/variables.hpp, in that order. nullopt: the value
  // is the user's own and may be a secret.
  std::vector<std::pair<std::string, std::optional<std::string>>> variables;
};

// `daemon` may be nullptr: none is running.
ShellReport inspect_shell(const Env& env, const activate::DaemonStatus* daemon);

}  // namespace fabrik::cli
