#include <nlohmann/json.hpp>
#include <ostream>

#include "activate/control_client.hpp"
#include "activate/ensure_daemon.hpp"
#include "activate/restart_request.hpp"
#include "cli/checked_config.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"
#include "cli/set_option.hpp"
#include "cli/status_json.hpp"

namespace fabrik::cli {
namespace {

// A draining worker may take its graceful_shutdown_timeout and a little more.
constexpr std::chrono::seconds kPatience{30};

constexpr Option kStopOptions[] = {
    {.name = "all", .letter = 'a', .help = "Stop the daemons of all projects"},
    kJsonOption,
    kConfigOption,
};
constexpr Option kRestartOptions[] = {kSetOption, kJsonOption, kConfigOption};

struct Stopped {
  std::string project_id;
  std::string config_path;
  pid_t pid = 0;
  std::string error;  // empty: it is gone
};

Stopped stop_one(const statefs::Paths& paths, const activate::DaemonStatus& daemon) {
  Stopped result{daemon.project_id, daemon.config_path, daemon.supervisor_pid, {}};
  const auto stopped = activate::stop_daemon(paths, daemon.project_id, kPatience);
  if (!stopped) {
    result.error = stopped.error().message;
  }
  return result;
}

Result<std::vector<activate::DaemonStatus>> daemons_to_stop(const Invocation& invocation,
                                                            const statefs::Paths& paths) {
  if (invocation.has("all")) {
    return activate::list_daemons(paths);
  }
  FABRIK_TRY(const auto source, require_source(invocation));
  FABRIK_TRY(const auto daemon, activate::query_status(paths, source.project_id(), kPatience));
  return daemon ? std::vector{*daemon} : std::vector<activate::DaemonStatus>{};
}

void print_json(const std::vector<Stopped>& results, std::ostream& out) {
  auto list = nlohmann::ordered_json::array();
  for (const Stopped& one : results) {
    list.push_back({{"project_id", one.project_id},
                    {"config_path", one.config_path},
                    {"pid", one.pid},
                    {"stopped", one.error.empty()}});
    if (!one.error.empty()) {
      list.back()["error"] = one.error;
    }
  }
  out << dump_json({{"daemons", list}});
}

void print_text(const std::vector<Stopped>& results, const Invocation& invocation) {
  for (const Stopped& one : results) {
    if (one.error.empty()) {
      invocation.out << "Stopped the daemon for " << display_path(one.config_path, invocation.env)
                     << " (pid " << one.pid << ")\n";
    } else {
      invocation.err << "fabrik stop: " << one.config_path << ": " << one.error << "\n";
    }
  }
  if (results.empty()) {
    invocation.out << (invocation.has("all") ? "No daemon is running.\n"
                                             : "No daemon is running for this project.\n");
  }
}

Result<int> run_stop(const Invocation& invocation) {
  FABRIK_TRY(const auto paths, statefs::paths_from(invocation.env));
  FABRIK_TRY(const auto daemons, daemons_to_stop(invocation, paths));
  std::vector<Stopped> results;
  bool failed = false;
  for (const auto& daemon : daemons) {
    results.push_back(stop_one(paths, daemon));
    failed = failed || !results.back().error.empty();
  }
  if (invocation.has("json")) {
    print_json(results, invocation.out);
  } else {
    print_text(results, invocation);
  }
  return failed ? kExitProblem : kExitOk;
}

Result<activate::DaemonStatus> restart_or_start(const Invocation& invocation,
                                                const config::Source& source, const Env& env,
                                                const statefs::Paths& paths) {
  FABRIK_TRY(const auto running, activate::query_status(paths, source.project_id(), kPatience));
  if (running && running->config_hash == source.config_hash()) {
    return activate::restart_daemon(paths, source.project_id(), kPatience,
                                    activate::restart_request(env));
  }
  return activate::ensure_daemon(
      source, env, paths,
      {.deadline = kPatience, .executable = invocation.executable, .ignore_backoff = true});
}

Result<int> run_restart(const Invocation& invocation) {
  FABRIK_TRY(const Env env, env_with_settings(invocation));
  FABRIK_TRY(const auto paths, statefs::paths_from(env));
  FABRIK_TRY(const auto source, require_source(invocation));
  if (const auto refused = refuse_wrong_config(invocation, source, env, trust_in(source, env))) {
    return *refused;
  }
  FABRIK_TRY(const auto status, restart_or_start(invocation, source, env, paths));
  if (invocation.has("json")) {
    invocation.out << dump_json({{"pid", status.supervisor_pid},
                                 {"worker_pid", status.worker_pid},
                                 {"http_port", status.http_port},
                                 {"config_hash", status.config_hash}});
  } else {
    invocation.out << "The daemon for " << display_path(source.path, invocation.env)
                   << " runs anew at http://127.0.0.1:" << status.http_port << "\n";
  }
  return kExitOk;
}

}  // namespace

const Command kStopCommand = {
    .name = "stop",
    .arguments = "",
    .summary = "Stop the daemon of this project",
    .details =
        "Requests under way are finished first. The cache stays; so does the log. The\n"
        "next activation starts a daemon on the same port again.\n"
        "\n"
        "Examples:\n"
        "  fabrik stop\n"
        "  fabrik stop --all\n",
    .options = kStopOptions,
    .run = run_stop,
};

const Command kRestartCommand = {
    .name = "restart",
    .arguments = "",
    .summary = "Give the project a fresh daemon behind the same port",
    .details =
        "Requests that arrive in between wait. Starts a daemon when none is running. The\n"
        "fresh one has the settings of this environment (FABRIK_CONFIG_...) and of --set;\n"
        "those stay until the next restart or stop.\n"
        "\n"
        "    fabrik restart --set observability.log_level=debug\n",
    .options = kRestartOptions,
    .run = run_restart,
};

}  // namespace fabrik::cli
