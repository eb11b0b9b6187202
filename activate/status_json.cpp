#include "activate/status_json.hpp"

#include <nlohmann/json.hpp>

#include "statefs/json_file.hpp"

namespace fabrik::activate {
namespace {

Errc code_named(std::string_view text) {
  for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) {
    if (name(static_cast<Errc>(code)) == text) {
      return static_cast<Errc>(code);
    }
  }
  return Errc::internal;
}

std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const DaemonStatus& status) {
  nlohmann::json json = {{"protocol", status.protocol},
                         {"build", status.build},
                         {"supervisor_pid", status.supervisor_pid},
                         {"project_id", status.project_id},
                         {"config_hash", status.config_hash},
                         {"trusted", status.trusted},
                         {"http_port", status.http_port},
                         {"grpc_port", status.grpc_port},
                         {"started_unix_ms", status.started_unix_ms},
                         {"worker_state", status.worker_state},
                         {"worker_pid", status.worker_pid},
                         {"worker_restarts", status.worker_restarts},
                         {"last_error", status.last_error}};
  statefs::put_bytes(json, "executable", status.executable);
  statefs::put_bytes(json, "config_path", status.config_path);
  statefs::put_bytes(json, "state_dir", status.state_dir);
  statefs::put_bytes(json, "cache_dir", status.cache_dir);
  statefs::put_bytes(json, "bazelrc", status.bazelrc);
  if (!status.access_token.empty()) {
    json["access_token"] = status.access_token;
  }
  return dump(json);
}

Result<DaemonStatus> parse_status(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return fail(Errc::invalid_argument, "read the daemon's status: it is not a JSON object");
  }
  DaemonStatus status;
  status.protocol = static_cast<int>(statefs::get_int(json, "protocol"));
  status.build = statefs::get_string(json, "build");
  status.executable = statefs::get_bytes(json, "executable");
  status.supervisor_pid = static_cast<pid_t>(statefs::get_int(json, "supervisor_pid"));
  status.project_id = statefs::get_string(json, "project_id");
  status.config_path = statefs::get_bytes(json, "config_path");
  status.config_hash = statefs::get_string(json, "config_hash");
  status.state_dir = statefs::get_bytes(json, "state_dir");
  status.cache_dir = statefs::get_bytes(json, "cache_dir");
  status.bazelrc = statefs::get_bytes(json, "bazelrc");
  status.trusted = statefs::get_bool(json, "trusted");
  status.http_port = statefs::get_port(json, "http_port");
  status.grpc_port = statefs::get_port(json, "grpc_port");
  status.started_unix_ms = statefs::get_int(json, "started_unix_ms");
  status.worker_state = statefs::get_string(json, "worker_state");
  status.worker_pid = static_cast<pid_t>(statefs::get_int(json, "worker_pid"));
  status.worker_restarts = static_cast<std::uint64_t>(statefs::get_int(json, "worker_restarts"));
  status.last_error = statefs::get_string(json, "last_error");
  status.access_token = statefs::get_string(json, "access_token");
  if (status.http_port == 0 || !statefs::is_short_hash(status.config_hash) ||
      status.worker_state.empty()) {
    return fail(Errc::invalid_argument, "read the daemon's status: it is incomplete");
  }
  return status;
}

std::string to_json(const Error& error) {
  return dump({{"error", error.message}, {"code", name(error.code)}});
}

std::optional<Error> parse_error(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || statefs::get_string(json, "error").empty()) {
    return std::nullopt;
  }
  return Error{code_named(statefs::get_string(json, "code")), statefs::get_string(json, "error")};
}

Result<DaemonStatus> status_of(const ControlReply& reply) {
  if (reply.status == 200) {
    return parse_status(reply.body);
  }
  if (auto error = parse_error(reply.body)) {
    return fail(*std::move(error));
  }
  return fail(Errc::internal,
              "the daemon answered with HTTP status " + std::to_string(reply.status));
}

}  // namespace fabrik::activate
