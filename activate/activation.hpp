// What `fabrik activate --status` decides: which project rules here, that its
// daemon runs, and what the shell must change. Never fails: whatever goes wrong
// becomes a notice, and variables that a dead daemon would make harmful go.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "activate/daemon_status.hpp"
#include "activate/env_diff.hpp"
#include "activate/render_shell.hpp"
#include "base/env.hpp"
#include "base/result.hpp"
#include "config/discover.hpp"
#include "config/load.hpp"

namespace fabrik::activate {

// The world activation works in; services.hpp has the real one.
struct Services {
  // The configuration that rules here, if any.
  std::function<Result<std::optional<config::Source>>()> find;
  // As far as the user trusts it.
  std::function<Result<config::Loaded>(const config::Source&)> load;
  std::function<Result<DaemonStatus>(const config::Source&)> ensure;
  // A file that gets older than the configuration when that is edited (stamps.hpp);
  // empty: there is no place for one.
  std::function<std::string(const config::Source&)> stamp;
  std::function<bool(pid_t)> alive;
  // $PWD names the directory through a symlink: the hook, which knows only the
  // name, cannot see a new fabrik.toml above the real one.
  bool through_symlink = false;
};

struct Outcome {
  std::vector<Change> changes;               // with kStateVariable
  std::vector<HookVariable> hook_variables;  // what the hook's own check goes by
  std::vector<std::string> notices;          // one line each, for stderr
};

// Reads the shell's variables, its state and what its hook passes from `env`.
// $FABRIK_DISABLE (not empty, not "0"): as if there were no project.
Outcome activate(Shell shell, const Env& env, const Services& services);

// Leaves whatever project the shell is in.
Outcome deactivate(Shell shell, const Env& env);

// For a command that runs once: `env` with the variables of `source`'s project.
struct ProjectEnvironment {
  Env env;
  DaemonStatus daemon;
  std::vector<Assignment> plan;
  std::vector<std::string> notices;
};
Result<ProjectEnvironment> project_environment(const config::Source& source, const Env& env,
                                               const Services& services);

// The state the shell carries; an empty one when there is none or a bad one.
ShellState state_of(const Env& env);

}  // namespace fabrik::activate
