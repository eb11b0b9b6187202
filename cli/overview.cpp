#include "cli/overview.hpp"

#include <ostream>

#include "cli/commands.hpp"
#include "cli/project.hpp"
#include "cli/rc_file.hpp"
#include "cli/rows.hpp"
#include "cli/status_report.hpp"
#include "cli/status_text.hpp"

namespace fabrik::cli {
namespace {

std::string hook_step(const Env& env) {
  const auto rc = find_rc_file(env);
  if (!rc) {
    return "Load the hook in your shell's rc file; `fabrik help activate` shows the line";
  }
  return "Put this line into " + display_path(rc->file, env) + " and open a new shell:\n  " +
         rc->line;
}

bool has_hook(const Env& env) {
  const auto rc = find_rc_file(env);
  return rc && rc->has_hook;
}

std::string next_step(const StatusReport& report, const Env& env) {
  if (!report.config_error.empty()) {
    return "Correct fabrik.toml; `fabrik config validate` checks it";
  }
  if (!report.source) {
    return has_hook(env) ? "cd into a project with a fabrik.toml, or make one with `fabrik init`"
                         : hook_step(env);
  }
  if (!report.ignored_keys.empty()) {
    return "`fabrik trust` if this fabrik.toml may use them";
  }
  if (report.shell.state == ShellReport::State::right && report.is_current()) {
    return "Build as usual; `fabrik doctor` checks every tool's way to the cache";
  }
  if (!has_hook(env)) {
    return hook_step(env) + "\nor, without the hook: fabrik exec -- COMMAND";
  }
  return report.daemon ? "Press Enter: the next prompt exports the variables"
                       : "Press Enter: the next prompt starts the daemon; if not, `fabrik doctor`";
}

std::string cache_line(const StatusReport& report) {
  if (!report.daemon) {
    return "";
  }
  if (!report.stats) {
    return "worker " + report.daemon->worker_state;
  }
  return hit_rate(report.stats->hits(), report.stats->misses());
}

}  // namespace

Result<int> run_overview(const Invocation& invocation) {
  const Style style(invocation.colour);
  FABRIK_TRY(const StatusReport report, make_status_report(invocation));
  const Rows rows(invocation.out, style);
  rows.add("project", report.source ? display_path(report.source->root(), invocation.env)
                                    : "none: " + no_project_message());
  if (!report.config_error.empty()) {
    rows.add("error", style.bad(report.config_error));
  }
  if (report.source) {
    rows.add("daemon", daemon_line(report, style));
    rows.add("hits", cache_line(report));
    rows.add("shell", shell_line(report.shell, style));
  }
  rows.add("next", next_step(report, invocation.env));
  invocation.out << style.dim("\n`fabrik help` lists all commands.") << "\n";
  return kExitOk;
}

}  // namespace fabrik::cli
