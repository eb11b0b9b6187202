#include "cli/shell_report.hpp"

#include <charconv>

#include "activate/env_plan.hpp"
#include "activate/shell_state.hpp"
#include "activate/variables.hpp"

namespace fabrik::cli {
namespace {

std::string why_stale(const Env& env, const activate::DaemonStatus* daemon) {
  if (daemon == nullptr) {
    return "they name a daemon that does not run";
  }
  const std::string url = "http://127.0.0.1:" + std::to_string(daemon->http_port);
  if (const auto shown = env.get("FABRIK_HTTP_URL"); shown != url) {
    return "FABRIK_HTTP_URL is " + shown.value_or("not set") + ", the daemon listens on " + url;
  }
  if (const auto hash = env.get("FABRIK_CONFIG_HASH"); hash && *hash != daemon->config_hash) {
    return "they were made for another version of fabrik.toml";
  }
  if (const auto pid = env.get("FABRIK_DAEMON_PID");
      pid && *pid != std::to_string(daemon->supervisor_pid)) {
    return "they name an earlier daemon";
  }
  return "";
}

// A variable of ours whose value somebody replaced inside the project.
std::string replaced_variable(const Env& env) {
  const auto state = activate::decode(env.get(activate::kStateVariable).value_or(""));
  if (!state) {
    return "";
  }
  for (const activate::Record& record : state->records) {
    const auto value = env.get(record.name);
    if (!record.hands_off && (!value || activate::fingerprint(*value) != record.ours)) {
      return record.name + " was changed after fabrik had set it";
    }
  }
  return "";
}

// What fabrik exports to a user without variables of their own, for the port that
// this shell names.
Env our_values(const Env& env) {
  activate::DaemonStatus named;
  named.config_hash = env.get("FABRIK_CONFIG_HASH").value_or("");
  const std::string url = env.get("FABRIK_HTTP_URL").value_or("");
  const std::string port = url.substr(url.rfind(':') + 1);
  std::from_chars(port.data(), port.data() + port.size(), named.http_port);
  Env::Map values;
  for (activate::Assignment& one :
       activate::plan_environment(config::Config(), named, Env(), false)) {
    values.emplace(std::move(one.name), std::move(one.value));
  }
  return Env(std::move(values));
}

std::optional<std::string> shown_value(const activate::Variable& variable, const std::string& value,
                                       const Env& ours) {
  if (variable.name == "FABRIK_TOKEN") {
    return "(a secret)";
  }
  const auto our_value = ours.get(variable.name);
  if (variable.tool.empty() || our_value == value) {
    return value;
  }
  // Among words of the user, ours is shown alone.
  return !variable.word.empty() && our_value && value.find(*our_value) != std::string::npos
             ? our_value
             : std::nullopt;
}

}  // namespace

ShellReport inspect_shell(const Env& env, const activate::DaemonStatus* daemon) {
  ShellReport report;
  if (!env.get("FABRIK_HTTP_URL")) {
    return report;
  }
  const Env ours = our_values(env);
  for (const activate::Variable& variable : activate::variables()) {
    if (const auto value = env.get(variable.name)) {
      report.variables.emplace_back(variable.name, shown_value(variable, *value, ours));
    }
  }
  report.problem = why_stale(env, daemon);
  if (report.problem.empty()) {
    report.problem = replaced_variable(env);
  }
  report.state = report.problem.empty() ? ShellReport::State::right : ShellReport::State::stale;
  return report;
}

}  // namespace fabrik::cli
