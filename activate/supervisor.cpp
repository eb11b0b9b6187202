#include "activate/supervisor.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

#include "activate/build_id.hpp"
#include "activate/resume_state.hpp"
#include "activate/spawn.hpp"
#include "activate/status_json.hpp"
#include "activate/supervisor_core.hpp"
#include "activate/supervisor_loop.hpp"
#include "base/fs.hpp"
#include "base/listen.hpp"
#include "statefs/host.hpp"
#include "statefs/project_record.hpp"
#include "statefs/run_dir.hpp"

namespace fabrik::activate {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLockPatience{1000};
// How long a worker that lost its supervisor may keep the port and the store.
constexpr milliseconds kPortPatience{1000};
constexpr milliseconds kStorePatience{3000};
// The binary we run, even when its file has been replaced.
constexpr const char* kSelf = "/proc/self/exe";

class ProcessHost final : public SupervisorHost {
 public:
  ProcessHost(int ready_fd, const ControlServer& server)
      : log_(null_log()), ready_(ready_fd), server_(server) {}

  Log& log() override { return *log_; }

  void reopen_log(const SupervisorParts& parts) override {
    const LogOptions options{.level = parts.generation.log_level,
                             .file = parts.generation.dir.log_dir() / "supervisor.log",
                             .console = parts.foreground};
    if (auto log = open_log(options)) {
      log_ = *std::move(log);
    }
  }

  void report_start(const std::string& json) override {
    if (ready_) {
      (void)write_all(ready_.get(), json + "\n");
      ready_.reset();
    }
  }

  Error replace_image(const SupervisorParts& parts, const std::filesystem::path& executable,
                      const std::vector<ControlCall>& unanswered) override {
    auto memory = save_resume_state(parts, server_, unanswered);
    if (!memory) {
      keep_private_again();
      return std::move(memory).error();
    }
    std::array<std::string, 4> words = {"fabrik", "supervise", "--resume-fd",
                                        std::to_string(memory->get())};
    std::array<char*, 5> argv = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                                 nullptr};
    std::vector<std::string> settings = daemon_environment(parts.env);
    std::vector<char*> environment;
    for (std::string& setting : settings) {
      environment.push_back(setting.data());
    }
    environment.push_back(nullptr);
    ::execve(executable.c_str(), argv.data(), environment.data());
    Error error = errno_error("execute " + executable.string());
    keep_private_again();
    return error;
  }

 private:
  std::unique_ptr<Log> log_;
  UniqueFd ready_;
  const ControlServer& server_;
};

// What the daemon before this one left behind.
struct Predecessor {
  std::uint16_t http_port = 0;
  std::uint16_t grpc_port = 0;
  std::string hash;
  bool may_be_dying = false;  // it did not say goodbye, in this boot
};

Predecessor find_predecessor(const statefs::Paths& paths, std::string_view project_id) {
  const auto record = statefs::read_project_record(paths, project_id);
  if (!record) {
    return {};
  }
  return {.http_port = record->http_port,
          .grpc_port = record->grpc_port,
          .hash = record->config_hash,
          .may_be_dying = record->boot_id == statefs::boot_id() &&
                          statefs::read_daemon_record(paths, record->config_hash).has_value()};
}

Result<Listeners> open_listeners(const Generation& generation, const Predecessor& before,
                                 const statefs::Paths& paths, std::string_view project_id) {
  const milliseconds patience = before.may_be_dying ? kPortPatience : milliseconds(0);
  Listeners listeners;
  FABRIK_TRY(TcpListener http,
             listen_tcp_as_before(generation.fixed_port, before.http_port, patience));
  FABRIK_TRY(TcpListener grpc,
             listen_tcp_as_before(generation.fixed_grpc_port, before.grpc_port, patience));
  listeners.http = std::move(http.fd);
  listeners.http_port = http.port;
  listeners.grpc = std::move(grpc.fd);
  listeners.grpc_port = grpc.port;
  FABRIK_TRY(listeners.admin, listen_on_unix(paths.worker_socket(project_id)));
  FABRIK_TRY(listeners.control, listen_on_unix(paths.control_socket(project_id)));
  return listeners;
}

Result<statefs::Lock> take_lock(const statefs::Paths& paths, std::string_view project_id,
                                const config::Source& source) {
  auto lock = statefs::Lock::acquire(paths.daemon_lock(project_id), kLockPatience);
  if (!lock && lock.error().code == Errc::conflict) {
    return fail(Errc::conflict, "a daemon for " + source.path.string() +
                                    " is running already; `fabrik stop` ends it");
  }
  return lock;
}

void inherit_log(const Generation& generation, const Predecessor& before,
                 const statefs::Paths& paths) {
  std::error_code error;
  if (before.hash.empty() || before.hash == generation.hash ||
      !std::filesystem::is_directory(paths.daemon_dir(before.hash), error)) {
    return;
  }
  if (auto old = statefs::DaemonDir::create(paths, before.hash)) {
    generation.dir.take_log_from(*old);
    old->remove();
  }
}

Result<SupervisorParts> assemble(const SupervisorOptions& options, const Env& env,
                                 const statefs::Paths& paths) {
  const std::string project_id = options.source.project_id();
  FABRIK_CHECK(statefs::prepare_run_dir(paths, project_id));
  FABRIK_TRY(statefs::Lock lock, take_lock(paths, project_id, options.source));
  const Predecessor before = find_predecessor(paths, project_id);
  FABRIK_TRY(Generation generation,
             prepare_generation(options.source, options.trusted, env, paths));
  inherit_log(generation, before, paths);
  FABRIK_TRY(Listeners listeners, open_listeners(generation, before, paths, project_id));
  return SupervisorParts{
      .paths = paths,
      .env = env,
      .executable = options.executable,
      .worker = options.worker,
      .build = build_id(kSelf, options.worker),
      .project_id = project_id,
      .lock = std::move(lock),
      .listeners = std::move(listeners),
      .generation = std::move(generation),
      .started_unix_ms = to_unix_ms(std::chrono::system_clock::now()),
      .foreground = options.foreground,
      .conflict_patience = before.may_be_dying ? kStorePatience : milliseconds(0)};
}

Result<SupervisorParts> reassemble(ResumeState& state, const std::filesystem::path& executable,
                                   const Env& env, const statefs::Paths& paths) {
  const auto worker = find_worker(executable, env).value_or(state.worker);
  FABRIK_TRY(Generation generation,
             prepare_generation(state.source, state.trusted_by_caller, env, paths));
  generation.cache_dir = state.cache_dir;
  if (!state.listeners.grpc) {
    FABRIK_TRY(TcpListener grpc, listen_tcp_as_before(generation.fixed_grpc_port, 0, {}));
    state.listeners.grpc = std::move(grpc.fd);
    state.listeners.grpc_port = grpc.port;
  }
  return SupervisorParts{.paths = paths,
                         .env = env,
                         .executable = executable,
                         .worker = worker,
                         .build = build_id(kSelf, worker),
                         .project_id = state.project_id,
                         .lock = statefs::Lock::adopt(std::move(state.lock)),
                         .listeners = std::move(state.listeners),
                         .generation = std::move(generation),
                         .started_unix_ms = state.started_unix_ms,
                         .restarts = state.restarts,
                         .foreground = state.foreground,
                         .was_ready = true};
}

int give_up(ProcessHost& host, const Error& error) {
  host.report_start(to_json(error));
  std::fprintf(stderr, "fabrik: %s\n", error.message.c_str());
  return exit_code(error.code);
}

}  // namespace

int supervise(const SupervisorOptions& options, const Env& env, const statefs::Paths& paths) {
  const SystemClock clock;
  ControlServer server(clock);
  ProcessHost host(options.ready_fd, server);
  auto signals = take_signals(options.foreground);
  if (!signals) {
    return give_up(host, signals.error());
  }
  auto parts = assemble(options, env, paths);
  if (!parts) {
    return give_up(host, parts.error());
  }
  host.reopen_log(*parts);
  SupervisorCore core(*std::move(parts), host, server, clock);
  run_supervisor_loop(core, server, signals->get(), clock);
  core.keep_lock_until_exit();
  return core.exit_status();
}

int resume_supervisor(int resume_fd, const std::filesystem::path& executable, const Env& env,
                      const statefs::Paths& paths) {
  const SystemClock clock;
  ControlServer server(clock);
  ProcessHost host(-1, server);
  auto state = load_resume_state(UniqueFd(resume_fd));
  if (!state) {
    return give_up(host, state.error());
  }
  auto signals = take_signals(state->foreground);
  if (!signals) {
    return give_up(host, signals.error());
  }
  auto calls = std::move(state->calls);
  auto parts = reassemble(*state, executable, env, paths);
  if (!parts) {
    return give_up(host, parts.error());
  }
  host.reopen_log(*parts);
  SupervisorCore core(*std::move(parts), host, server, clock);
  std::vector<ControlCall> waiting;
  for (ResumedCall& call : calls) {
    waiting.push_back({server.adopt(std::move(call.fd)), std::move(call.request)});
  }
  run_supervisor_loop(core, server, signals->get(), clock, std::move(waiting));
  core.keep_lock_until_exit();
  return core.exit_status();
}

}  // namespace fabrik::activate
