// The control requests of supervisor_core.hpp.
#include "activate/build_id.hpp"
#include "activate/restart_request.hpp"
#include "activate/status_json.hpp"
#include "activate/supervisor_core.hpp"

#include <unistd.h>

#include <algorithm>

namespace fabrik::activate {
namespace {

int http_status(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return 400;
    case Errc::forbidden:
      return 403;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    default:
      return 503;
  }
}

}  // namespace

DaemonStatus SupervisorCore::status() const {
  const Generation& generation = parts_.generation;
  DaemonStatus status;
  status.build = parts_.build;
  status.executable = parts_.executable.native();
  status.supervisor_pid = ::getpid();
  status.project_id = parts_.project_id;
  status.config_path = generation.source.path.native();
  status.config_hash = generation.hash;
  status.state_dir = generation.dir.path().native();
  status.cache_dir = generation.cache_dir;
  status.bazelrc = parts_.paths.project_bazelrc(parts_.project_id).native();
  status.trusted = generation.trusted;
  status.http_port = parts_.listeners.http_port;
  status.grpc_port = parts_.listeners.grpc_port;
  status.started_unix_ms = parts_.started_unix_ms;
  status.worker_pid = worker_.pid();
  status.worker_restarts = parts_.restarts;
  status.last_error = last_error_;
  status.access_token = worker_.token_mode() ? access_token_ : "";
  if (finished()) {
    status.worker_state = "stopped";
  } else if (worker_.state() == WorkerProcess::State::running) {
    status.worker_state = "running";
  } else if (idle_) {
    status.worker_state = "idle";
  } else if (retry_at_ && parts_.was_ready) {
    status.worker_state = "failed";
  } else {
    status.worker_state = "starting";
  }
  return status;
}

void SupervisorCore::answer(std::uint64_t id, const Result<DaemonStatus>& result) {
  if (result) {
    server_.reply(id, 200, to_json(*result));
  } else {
    server_.reply(id, http_status(result.error().code), to_json(result.error()));
  }
}

void SupervisorCore::handle(ControlCall call) {
  const auto& [method, target, body] = call.request;
  if (method == "GET" && target == "/v1/status") {
    answer(call.id, status());
  } else if (method == "POST" && target == "/v1/stop") {
    stop();
    if (finished()) {
      answer(call.id, status());
    } else {
      waiters_.push_back(call.id);
    }
  } else if (method != "POST" || (target != "/v1/activate" && target != "/v1/restart")) {
    answer(call.id, fail(Errc::not_found, "there is no " + method + " " + target + " here"));
  } else if (busy()) {
    deferred_.push_back(std::move(call));
  } else if (target == "/v1/restart") {
    handle_restart(call);
  } else {
    handle_activate(call);
  }
}

void SupervisorCore::resume_call(ControlCall call) {
  upgraded_.push_back(call.id);
  handle(std::move(call));
}

// A person asks: trust is decided anew, and so is what the environment sets.
void SupervisorCore::handle_restart(const ControlCall& call) {
  const auto settings = parse_restart_request(call.request.body);
  if (!settings) {
    return answer(call.id, fail(settings.error()));
  }
  if (*settings) {
    if (auto taken = take_settings(**settings); !taken) {
      return answer(call.id, fail(std::move(taken).error()));
    }
  }
  parts_.generation.trusted_by_caller = false;
  waiters_.push_back(call.id);
  begin(Intent::restart);
}

// Only what makes a valid configuration: the worker that runs must be able to go on.
Result<void> SupervisorCore::take_settings(const Env::Map& settings) {
  Env env = replace_settings(parts_.env, settings);
  FABRIK_TRY(const auto generation,
             prepare_generation(parts_.generation.source, false, env, parts_.paths));
  parts_.generation.drain = generation.drain;
  parts_.env = std::move(env);
  return {};
}

void SupervisorCore::handle_activate(const ControlCall& call) {
  auto request = parse_activate_request(call.request.body);
  if (!request) {
    return answer(call.id, fail(std::move(request).error()));
  }
  if (request->source.project_id() != parts_.project_id) {
    return answer(call.id,
                  fail(Errc::invalid_argument,
                       "activate: this daemon serves " + parts_.generation.source.path.string()));
  }
  if (needs_upgrade(*request) && std::ranges::find(upgraded_, call.id) == upgraded_.end()) {
    host_.log().info(
        "becoming another build",
        {{"executable", request->executable}, {"build", request->build}, {"before", parts_.build}});
    upgraded_.push_back(call.id);
    upgrade_ = *std::move(request);
    deferred_.push_front(call);
    return begin(Intent::upgrade);
  }
  switch_to(*request, call.id);
}

// Another installation takes over only with a newer version, or when ours is
// gone: two shells with different builds must not push the daemon to and fro.
bool SupervisorCore::needs_upgrade(const ActivateRequest& request) const {
  if (request.build == parts_.build || request.executable.empty()) {
    return false;
  }
  return request.executable == parts_.executable ||
         ::access(parts_.executable.c_str(), X_OK) != 0 ||
         is_newer_version(request.version, program_version());
}

// Ports that the next generation wants and we do not have.
Result<void> SupervisorCore::open_fixed_ports(const Generation& next) {
  std::optional<TcpListener> http;
  if (next.fixed_port != 0 && next.fixed_port != parts_.listeners.http_port) {
    FABRIK_TRY(http, listen_tcp(next.fixed_port));
  }
  if (next.fixed_grpc_port != 0 && next.fixed_grpc_port != parts_.listeners.grpc_port) {
    FABRIK_TRY(next_grpc_, listen_tcp(next.fixed_grpc_port));
  }
  next_http_ = std::move(http);
  return {};
}

void SupervisorCore::switch_to(const ActivateRequest& request, std::uint64_t id) {
  Generation& current = parts_.generation;
  if (request.source.config_hash() == current.hash) {
    const bool by_caller = current.trusted_by_caller || request.trusted;
    if (is_trusted(current.source, by_caller, parts_.paths) != current.trusted) {
      current.trusted_by_caller = by_caller;
      waiters_.push_back(id);
      return begin(Intent::restart);
    }
    if (retry_at_) {
      return answer(id, fail(Errc::internal, last_error_));
    }
    return answer(id, status());
  }
  if (rejected_ && rejected_->hash == request.source.config_hash() &&
      clock_.steady_now() < rejected_->until) {
    return answer(id, fail(rejected_->error));
  }
  auto next = prepare_generation(request.source, request.trusted, parts_.env, parts_.paths);
  if (!next) {
    return answer(id, fail(std::move(next).error()));
  }
  if (auto opened = open_fixed_ports(*next); !opened) {
    next->dir.remove();
    return answer(id, fail(std::move(opened).error()));
  }
  next_ = *std::move(next);
  waiters_.push_back(id);
  begin(Intent::swap);
}

}  // namespace fabrik::activate
