// All that `fabrik`, `fabrik status` and `fabrik doctor` know about the place
// they run in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "activate/daemon_status.hpp"
#include "cli/command.hpp"
#include "cli/shell_report.hpp"
#include "cli/worker_stats.hpp"
#include "config/config.hpp"
#include "config/discover.hpp"
#include "statefs/paths.hpp"

namespace fabrik::cli {

struct StatusReport {
  statefs::Paths paths;
  std::optional<config::Source> source;          // nullopt: not in a project
  std::string config_error;                      // fabrik.toml cannot be used, and why
  config::Config config;                         // defaults when it cannot
  bool trusted = false;                          // privileged keys count
  std::vector<std::string> ignored_keys;         // privileged keys that do not count yet
  std::optional<activate::DaemonStatus> daemon;  // nullopt: none is running
  std::string daemon_problem;                    // why none runs, or why this one is not current
  std::optional<WorkerStats> stats;              // nullopt: no worker, or it does not answer
  ShellReport shell;

  bool is_current() const { return daemon && daemon_problem.empty(); }
};

// Starts nothing and wakes nothing: an idle worker stays asleep. Fails only when
// the working directory or the state directories cannot be found.
Result<StatusReport> make_status_report(const Invocation& invocation);

// Whether privileged keys of this file count.
bool is_trusted(const config::Source& source, const statefs::Paths& paths);

}  // namespace fabrik::cli
