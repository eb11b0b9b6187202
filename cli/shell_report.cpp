#include "cli/shell_report.hpp"

#include <sstream>

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

// The words of ours in a list that the user may have words in, too.
std::string our_words(const activate::Variable& variable, std::string_view value) {
  std::istringstream words{std::string(value)};
  std::string ours;
  for (std::string word; words >> word;) {
    if (word.starts_with(variable.word) || word == variable.also) {
      ours += (ours.empty() ? "" : " ") + word;
    }
  }
  return ours;
}

bool is_ours(const activate::ShellState& state, std::string_view name, std::string_view value) {
  const activate::Record* record = state.find(name);
  return record != nullptr && !record->hands_off && record->ours == activate::fingerprint(value);
}

std::optional<std::string> shown_value(const activate::Variable& variable, const std::string& value,
                                       const Env& env, const activate::ShellState& state) {
  const auto token = env.non_empty("FABRIK_TOKEN");
  if (token && value.find(*token) != std::string::npos) {
    return "(a secret)";
  }
  if (!variable.word.empty()) {
    const std::string words = our_words(variable, value);
    return words.empty() ? std::nullopt : std::optional(words);
  }
  return variable.tool.empty() || is_ours(state, variable.name, value) ? std::optional(value)
                                                                       : std::nullopt;
}

}  // namespace

ShellReport inspect_shell(const Env& env, const activate::DaemonStatus* daemon) {
  ShellReport report;
  if (!env.get("FABRIK_HTTP_URL")) {
    return report;
  }
  const activate::ShellState state =
      activate::decode(env.get(activate::kStateVariable).value_or(""))
          .value_or(activate::ShellState());
  for (const activate::Variable& variable : activate::variables()) {
    if (const auto value = env.get(variable.name)) {
      report.variables.emplace_back(variable.name, shown_value(variable, *value, env, state));
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
