#include "cli/status_text.hpp"

#include <algorithm>
#include <ostream>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "cli/completions.hpp"
#include "cli/project.hpp"
#include "cli/rows.hpp"

namespace fabrik::cli {
namespace {

std::string trust_line(const StatusReport& report) {
  if (report.ignored_keys.empty()) {
    return report.trusted ? "trusted: all keys of fabrik.toml count"
                          : "not needed: fabrik.toml sets no privileged key";
  }
  return "restricted: " + joined(report.ignored_keys, ", ") +
         " ignored until you run `fabrik trust`";
}

std::string worker_line(const activate::DaemonStatus& daemon) {
  std::string text = daemon.worker_state;
  if (daemon.worker_pid != 0) {
    text += ", pid " + std::to_string(daemon.worker_pid);
  }
  if (daemon.worker_state == "idle") {
    text += "; starts with the next request";
  }
  if (daemon.worker_restarts != 0) {
    text += ", restarted " + std::to_string(daemon.worker_restarts) + " times";
  }
  if (!daemon.last_error.empty() && daemon.worker_state != "running") {
    text += "\nlast error: " + daemon.last_error;
  }
  return text;
}

std::string cache_line(const StatusReport& report, const Env& env) {
  const std::string where = display_path(report.daemon->cache_dir, env);
  if (!report.stats) {
    return where;
  }
  return format_size(report.stats->bytes) + " of " + format_size(report.stats->max_bytes) + " in " +
         where +
         (report.stats->problem.empty() ? "" : "\nwrites are dropped: " + report.stats->problem);
}

std::string hits_line(const StatusReport& report) {
  return report.stats ? hit_rate(report.stats->hits(), report.stats->misses()) + ", " +
                            std::to_string(report.stats->puts()) + " stored"
                      : "";
}

}  // namespace

std::string age_of(std::int64_t unix_ms) {
  const auto age = SystemClock().now() - from_unix_ms(unix_ms);
  return format_duration(std::max(std::chrono::duration_cast<std::chrono::milliseconds>(age),
                                  std::chrono::milliseconds(0)));
}

std::string daemon_line(const StatusReport& report, Style style) {
  if (!report.daemon) {
    return style.warning("not running") +
           (report.daemon_problem.empty() ? "" : ": " + report.daemon_problem);
  }
  std::string text = style.good("running") + ", pid " +
                     std::to_string(report.daemon->supervisor_pid) + ", up " +
                     age_of(report.daemon->started_unix_ms);
  if (!report.daemon_problem.empty()) {
    text += "\n" + style.warning(report.daemon_problem);
  }
  return text;
}

std::string shell_line(const ShellReport& shell, Style style) {
  switch (shell.state) {
    case ShellReport::State::none:
      return style.warning("nothing is exported here");
    case ShellReport::State::right:
      return style.good("exported") + ", " + std::to_string(shell.variables.size()) + " variables";
    case ShellReport::State::stale:
      break;
  }
  return style.warning("the variables here are stale: ") + shell.problem;
}

void print_status(const StatusReport& report, const Env& env, Style style, std::ostream& out) {
  const Rows rows(out, style);
  rows.add("project", report.source ? display_path(report.source->root(), env) : "none");
  if (report.source) {
    rows.add("config", display_path(report.source->path, env));
  }
  if (!report.config_error.empty()) {
    rows.add("error", style.bad(report.config_error));
  }
  if (report.source) {
    rows.add("trust", report.config_error.empty() ? trust_line(report) : "");
    rows.add("daemon", daemon_line(report, style));
  }
  if (report.daemon) {
    rows.add("worker", worker_line(*report.daemon));
    rows.add("port", "127.0.0.1:" + std::to_string(report.daemon->http_port) + " (HTTP), " +
                         std::to_string(report.daemon->grpc_port) + " (gRPC)");
    rows.add("cache", cache_line(report, env));
    rows.add("hits", hits_line(report));
  }
  rows.add("shell", shell_line(report.shell, style));
  for (const auto& [name, value] : report.shell.variables) {
    rows.add("", style.dim(value ? name + "=" + *value : name + " (your own value)"));
  }
}

void print_daemons(const std::vector<activate::DaemonStatus>& daemons, const Env& env, Style style,
                   std::ostream& out) {
  if (daemons.empty()) {
    out << "No daemon is running.\n";
  }
  for (const activate::DaemonStatus& daemon : daemons) {
    const Rows rows(out, style);
    rows.add("project", display_path(std::filesystem::path(daemon.config_path).parent_path(), env));
    rows.add("daemon", style.good("running") + ", pid " + std::to_string(daemon.supervisor_pid) +
                           ", up " + age_of(daemon.started_unix_ms) + ", port " +
                           std::to_string(daemon.http_port));
    rows.add("worker", worker_line(daemon));
    rows.add("cache", display_path(daemon.cache_dir, env));
    if (&daemon != &daemons.back()) {
      out << "\n";
    }
  }
}

}  // namespace fabrik::cli
