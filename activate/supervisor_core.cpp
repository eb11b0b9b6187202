#include "activate/supervisor_core.hpp"

#include <unistd.h>

#include <algorithm>

#include "activate/bazel_rc.hpp"
#include "activate/build_id.hpp"
#include "activate/status_json.hpp"
#include "base/fs.hpp"
#include "statefs/access_token.hpp"
#include "statefs/host.hpp"
#include "statefs/project_record.hpp"

namespace fabrik::activate {
namespace {

using std::chrono::milliseconds;

// Beyond the configured drain, for flushing and closing the store.
constexpr milliseconds kCloseAllowance{5000};
constexpr milliseconds kConflictRetry{50};
// A worker that goes idle sooner, past a waiting connection, is a broken one.
constexpr milliseconds kShortestLife{50};
// Everybody who asked for the same broken configuration gets the same answer.
constexpr milliseconds kRejectionHolds{1000};

}  // namespace

SupervisorCore::SupervisorCore(SupervisorParts parts, SupervisorHost& host, ControlServer& server,
                               const Clock& clock)
    : parts_(std::move(parts)),
      host_(host),
      server_(server),
      clock_(clock),
      worker_(clock),
      conflict_until_(clock.steady_now() + parts_.conflict_patience),
      next_check_(clock.steady_now() + kUpkeepEvery),
      socket_names_{name_of_socket(parts_.paths.control_socket(parts_.project_id)),
                    name_of_socket(parts_.paths.worker_socket(parts_.project_id))} {}

void SupervisorCore::start() {
  start_worker();
}

// --- the worker --------------------------------------------------------------

void SupervisorCore::start_worker() {
  Generation& generation = target();
  generation.trusted = is_trusted(generation.source, generation.trusted_by_caller, parts_.paths);
  idle_ = false;
  retry_at_.reset();
  auto token = statefs::ensure_access_token(parts_.paths, parts_.project_id);
  if (!token) {
    start_failed(std::move(token).error());
    return;
  }
  access_token_ = *std::move(token);
  const WorkerCommand command{
      .executable = parts_.worker,
      .snapshot = generation.dir.snapshot(),
      .config_path = generation.source.path,
      .project_id = parts_.project_id,
      .state_dir = generation.dir.path(),
      .default_cache_dir = parts_.paths.default_cache_dir(parts_.project_id),
      .token_file = parts_.paths.access_token(parts_.project_id),
      .http_fd = (next_http_ ? next_http_->fd : parts_.listeners.http).get(),
      .grpc_fd = (next_grpc_ ? next_grpc_->fd : parts_.listeners.grpc).get(),
      .admin_fd = parts_.listeners.admin.get(),
      .trusted = generation.trusted,
      .foreground = parts_.foreground};
  if (auto started = worker_.start(command, parts_.env); !started) {
    start_failed(std::move(started).error());
  }
}

void SupervisorCore::worker_spoke() {
  if (worker_.read_ready()) {
    worker_is_ready();
  }
}

void SupervisorCore::worker_is_ready() {
  target().cache_dir = worker_.cache_dir();
  last_error_ = worker_.degraded();
  if (next_) {
    commit_swap();
  } else if (!parts_.was_ready || !parts_.generation.dir.is_published()) {
    publish();
  }
  host_.log().info("worker is ready",
                   {{"pid", worker_.pid()},
                    {"url", "http://127.0.0.1:" + std::to_string(parts_.listeners.http_port)},
                    {"config_hash", parts_.generation.hash}});
  settle();
}

void SupervisorCore::child_ended() {
  const auto before = worker_.state();
  const auto exit = worker_.reap();
  if (!exit) {
    return;
  }
  if (before == WorkerProcess::State::stopping) {
    if (!exit->clean) {
      host_.log().warn("worker " + exit->description + " while it was stopping");
    }
    drained();
  } else if (before == WorkerProcess::State::starting) {
    start_failed(worker_.start_error().value_or(
        Error{Errc::internal, "start the worker: it " + exit->description}));
  } else {
    ended_unasked(*exit);
  }
}

void SupervisorCore::ended_unasked(const WorkerExit& exit) {
  const bool too_soon = clock_.steady_now() - worker_.started() < kShortestLife &&
                        has_waiting_connection(parts_.listeners);
  if (exit.clean && !too_soon) {
    host_.log().info("worker is idle and has gone; the next connection starts it");
    idle_ = true;
    return;
  }
  ++parts_.restarts;
  retry_after_failure({Errc::internal, "the worker " + exit.description});
}

void SupervisorCore::start_failed(Error error) {
  last_error_ = error.message;
  if (next_) {
    roll_back(error);
  } else if (parts_.was_ready) {
    retry_after_failure(error);
  } else if (error.code == Errc::conflict && clock_.steady_now() < conflict_until_) {
    retry_at_ = clock_.steady_now() + kConflictRetry;
  } else {
    host_.log().error("cannot start", {{"error", error.message}});
    host_.report_start(to_json(error));
    answer_waiters(fail(error));
    finish(exit_code(error.code));
  }
}

void SupervisorCore::retry_after_failure(const Error& error) {
  last_error_ = error.message;
  const auto pause = policy_.after_failure(worker_.started(), clock_.steady_now());
  if (!pause) {
    host_.log().error("the worker keeps failing; giving up", {{"error", error.message}});
    answer_waiters(fail(error));
    finish(exit_code(error.code));
    return;
  }
  host_.log().warn("worker failed", {{"error", error.message}, {"retry_in_ms", pause->count()}});
  intent_ = Intent::none;
  retry_at_ = clock_.steady_now() + *pause;
  if (pause->count() == 0) {
    start_worker();
  } else {
    answer_waiters(fail(Errc::internal, error.message));
    settle();
  }
}

void SupervisorCore::connection_waits() {
  if (idle_) {
    host_.log().info("a connection waits; starting the worker");
    start_worker();
  }
}

// --- transitions -------------------------------------------------------------

bool SupervisorCore::busy() const {
  return intent_ != Intent::none || worker_.state() == WorkerProcess::State::starting ||
         worker_.state() == WorkerProcess::State::stopping || (!parts_.was_ready && retry_at_);
}

void SupervisorCore::begin(Intent intent) {
  intent_ = intent;
  retry_at_.reset();
  idle_ = false;
  if (worker_.state() == WorkerProcess::State::none) {
    drained();
  } else if (worker_.state() != WorkerProcess::State::stopping) {
    worker_.terminate(parts_.generation.drain + kCloseAllowance);
  }
}

void SupervisorCore::drained() {
  switch (intent_) {
    case Intent::stop:
      finish(0);
      break;
    case Intent::upgrade:
      upgrade();
      break;
    case Intent::swap:
      next_->dir.take_log_from(parts_.generation.dir);
      start_worker();
      break;
    case Intent::none:
    case Intent::restart:
      start_worker();
      break;
  }
}

void SupervisorCore::commit_swap() {
  const Generation old = std::exchange(parts_.generation, *std::move(next_));
  next_.reset();
  if (next_http_) {
    parts_.listeners.http = std::move(next_http_->fd);
    parts_.listeners.http_port = next_http_->port;
    next_http_.reset();
  }
  if (next_grpc_) {
    parts_.listeners.grpc = std::move(next_grpc_->fd);
    parts_.listeners.grpc_port = next_grpc_->port;
    next_grpc_.reset();
  }
  publish();
  host_.reopen_log(parts_);
  old.dir.remove();
  host_.log().info("serving a new configuration",
                   {{"config_hash", parts_.generation.hash}, {"before", old.hash}});
}

void SupervisorCore::roll_back(const Error& error) {
  host_.log().warn("the new configuration cannot be served; keeping the old one",
                   {{"error", error.message}});
  rejected_ = Rejected{next_->hash, error, clock_.steady_now() + kRejectionHolds};
  abandon_next();
  answer_waiters(fail(error));
  intent_ = Intent::restart;
  start_worker();
}

void SupervisorCore::abandon_next() {
  if (next_) {
    parts_.generation.dir.take_log_from(next_->dir);
    next_->dir.remove();
    next_.reset();
  }
  next_http_.reset();
  next_grpc_.reset();
}

void SupervisorCore::settle() {
  if (!parts_.was_ready && worker_.state() == WorkerProcess::State::running) {
    parts_.was_ready = true;
    host_.report_start(to_json(status()));
  }
  intent_ = Intent::none;
  if (worker_.state() == WorkerProcess::State::running) {
    answer_waiters(status());
  }
  while (!deferred_.empty() && !busy() && !finished()) {
    ControlCall call = std::move(deferred_.front());
    deferred_.pop_front();
    handle(std::move(call));
  }
}

void SupervisorCore::answer_waiters(const Result<DaemonStatus>& result) {
  for (const std::uint64_t id : std::exchange(waiters_, {})) {
    answer(id, result);
  }
}

void SupervisorCore::publish() {
  const Generation& generation = parts_.generation;
  const auto note = [this](const Result<void>& written) {
    if (!written) {
      host_.log().warn("cannot write state", {{"error", written.error().message}});
    }
  };
  note(generation.dir.publish({.pid = ::getpid(),
                               .http_port = parts_.listeners.http_port,
                               .grpc_port = parts_.listeners.grpc_port,
                               .config_path = generation.source.path}));
  note(statefs::write_project_record(parts_.paths, parts_.project_id,
                                     {.config_path = generation.source.path,
                                      .config_hash = generation.hash,
                                      .http_port = parts_.listeners.http_port,
                                      .grpc_port = parts_.listeners.grpc_port,
                                      .boot_id = statefs::boot_id()}));
  note(write_file_atomically(parts_.paths.project_bazelrc(parts_.project_id),
                             bazel_rc(parts_.listeners.http_port, generation.serves_bazel,
                                      worker_.token_mode() ? access_token_ : "")));
}

void SupervisorCore::stop() {
  if (intent_ == Intent::stop || finished()) {
    return;
  }
  host_.log().info("stopping");
  answer_waiters(fail(Errc::unavailable, "the daemon is stopping"));
  begin(Intent::stop);
}

void SupervisorCore::finish(int exit_status) {
  abandon_next();
  if (!disowned_) {
    parts_.generation.dir.retract();
  }
  for (const SocketName& name : socket_names_) {
    if (is_in_place(name)) {
      ::unlink(name.path.c_str());
    }
  }
  exit_status_ = exit_status;
  if (exit_status == 0) {
    answer_waiters(status());
  }
  for (const ControlCall& call : std::exchange(deferred_, {})) {
    answer(call.id, fail(Errc::unavailable, "the daemon is stopping"));
  }
}

void SupervisorCore::upgrade() {
  const ActivateRequest request = *std::exchange(upgrade_, std::nullopt);
  std::vector<ControlCall> unanswered(deferred_.begin(), deferred_.end());
  const Error error = host_.replace_image(parts_, request.executable, unanswered);
  host_.log().warn("cannot become the new build; going on with this one",
                   {{"error", error.message}});
  intent_ = Intent::restart;
  start_worker();
}

}  // namespace fabrik::activate
