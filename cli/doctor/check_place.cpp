// Where we are: the hook, the configuration, the daemon, this shell.
#include "activate/build_id.hpp"
#include "cli/doctor/finding.hpp"
#include "cli/project.hpp"
#include "cli/rc_file.hpp"

namespace fabrik::cli::doctor {

Findings check_hook(const Patient& patient) {
  const auto rc = find_rc_file(patient.env());
  if (!rc) {
    const std::string shell = patient.env().get("SHELL").value_or("");
    return {{Level::note, "hook",
             shell.empty() ? "SHELL is not set" : "there is no hook for " + shell,
             "use `fabrik exec -- COMMAND`, or bash, zsh or fish"}};
  }
  const std::string file = display_path(rc->file, patient.env());
  if (rc->has_hook) {
    return {{Level::good, "hook", file + " loads it"}};
  }
  return {{Level::bad, "hook", "no start-up file of " + rc->shell + " loads it",
           "put this line into " + file + ": " + rc->line}};
}

Findings check_config(const Patient& patient) {
  const StatusReport& report = patient.report;
  if (!report.config_error.empty()) {
    return {{Level::bad, "config", report.config_error, "correct the file named above"}};
  }
  if (!report.source) {
    return {{Level::warning, "config", no_project_message(),
             "run `fabrik doctor` inside a project to check the rest"}};
  }
  Findings findings = {
      {Level::good, "config", display_path(report.source->path, patient.env()) + " is valid"}};
  if (!report.ignored_keys.empty()) {
    std::string keys;
    for (const std::string& key : report.ignored_keys) {
      keys += (keys.empty() ? "" : ", ") + key;
    }
    findings.push_back({Level::warning, "trust", keys + " are ignored",
                        "`fabrik trust` if you trust this fabrik.toml"});
  }
  return findings;
}

Findings check_daemon(const Patient& patient) {
  const StatusReport& report = patient.report;
  const auto worker = activate::find_worker(patient.invocation.executable, patient.env());
  if (!worker) {
    return {{Level::bad, "fabrikd", worker.error().message, "install fabrik again"}};
  }
  if (!report.source || !report.config_error.empty()) {
    return {};
  }
  if (!report.daemon) {
    return {{Level::bad, "daemon", "it does not run: " + report.daemon_problem,
             "`fabrik logs` says more; `fabrik daemon` runs it in the foreground"}};
  }
  const std::string text = "runs, pid " + std::to_string(report.daemon->supervisor_pid) +
                           ", worker " + report.daemon->worker_state;
  if (report.daemon->worker_state == "failed") {
    return {{Level::bad, "daemon", text + ": " + report.daemon->last_error,
             "`fabrik logs --worker`, then `fabrik restart`"}};
  }
  return {{Level::good, "daemon", text}};
}

Findings check_shell(const Patient& patient) {
  const StatusReport& report = patient.report;
  if (!report.daemon) {
    return {};
  }
  switch (report.shell.state) {
    case ShellReport::State::right:
      return {{Level::good, "shell",
               std::to_string(report.shell.variables.size()) + " variables name this daemon"}};
    case ShellReport::State::none:
      return {{Level::warning, "shell", "no variables are exported here",
               "open a new shell with the hook, or use `fabrik exec -- COMMAND`"}};
    case ShellReport::State::stale:
      break;
  }
  return {{Level::bad, "shell", report.shell.problem,
           "press Enter, or: eval \"$(fabrik activate --status)\""}};
}

}  // namespace fabrik::cli::doctor
