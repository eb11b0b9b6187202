#include "cli/status_json.hpp"

#include <nlohmann/json.hpp>

#include "base/clock.hpp"

namespace fabrik::cli {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json project_json(const config::Source& source) {
  return {{"root", source.root().string()},
          {"config", source.path.string()},
          {"id", source.project_id()},
          {"config_hash", source.config_hash()},
          {"user_config", source.is_user_config}};
}

Json daemon_json(const activate::DaemonStatus& daemon) {
  const std::int64_t up = to_unix_ms(SystemClock().now()) - daemon.started_unix_ms;
  return {{"pid", daemon.supervisor_pid},
          {"build", daemon.build},
          {"project_id", daemon.project_id},
          {"config", daemon.config_path},
          {"config_hash", daemon.config_hash},
          {"state_dir", daemon.state_dir},
          {"cache_dir", daemon.cache_dir},
          {"bazelrc", daemon.bazelrc},
          {"ports", {{"http", daemon.http_port}, {"grpc", daemon.grpc_port}}},
          {"started_unix_ms", daemon.started_unix_ms},
          {"uptime_ms", std::max<std::int64_t>(0, up)},
          {"worker",
           {{"state", daemon.worker_state},
            {"pid", daemon.worker_pid == 0 ? Json(nullptr) : Json(daemon.worker_pid)},
            {"restarts", daemon.worker_restarts},
            {"last_error", text_or_null(daemon.last_error)}}}};
}

Json cache_json(const WorkerStats& stats) {
  return {{"bytes", stats.bytes},         {"max_bytes", stats.max_bytes},
          {"entries", stats.entries},     {"blobs", stats.blobs},
          {"hits", stats.hits()},         {"misses", stats.misses()},
          {"puts", stats.puts()},         {"evicted_blobs", stats.evicted_blobs},
          {"read_only", stats.read_only}, {"corrupt_dropped", stats.corrupt_dropped}};
}

std::string_view state_name(ShellReport::State state) {
  switch (state) {
    case ShellReport::State::none:
      return "none";
    case ShellReport::State::right:
      return "right";
    case ShellReport::State::stale:
      break;
  }
  return "stale";
}

Json shell_json(const ShellReport& shell) {
  Json variables = Json::object();
  for (const auto& [name, value] : shell.variables) {
    variables[name] = value ? Json(*value) : Json(nullptr);
  }
  return {{"state", state_name(shell.state)},
          {"problem", text_or_null(shell.problem)},
          {"variables", std::move(variables)}};
}

}  // namespace

Json status_json(const StatusReport& report) {
  Json json = {{"schema", 1}, {"version", FABRIK_VERSION}};
  json["running"] = report.daemon.has_value();
  json["project"] = report.source ? project_json(*report.source) : Json(nullptr);
  json["config_error"] = text_or_null(report.config_error);
  json["trust"] = {{"trusted", report.trusted}, {"ignored_keys", report.ignored_keys}};
  json["daemon"] = report.daemon ? daemon_json(*report.daemon) : Json(nullptr);
  json["daemon_problem"] = text_or_null(report.daemon_problem);
  json["cache"] = report.stats ? cache_json(*report.stats) : Json(nullptr);
  json["shell"] = shell_json(report.shell);
  return json;
}

Json daemons_json(const std::vector<activate::DaemonStatus>& daemons) {
  Json list = Json::array();
  for (const activate::DaemonStatus& daemon : daemons) {
    list.push_back(daemon_json(daemon));
  }
  return {{"schema", 1}, {"version", FABRIK_VERSION}, {"daemons", std::move(list)}};
}

std::string dump_json(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace fabrik::cli
