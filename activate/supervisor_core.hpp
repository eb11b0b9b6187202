// What a supervisor decides, without the waiting: the life of the worker, the
// change from one generation to the next, and the answers to control requests.
// supervisor_loop.cpp feeds it with events from poll(2). Single-threaded.
//
// At most one transition is under way (`intent_`); requests that would begin
// another wait in `deferred_`.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "activate/activate_request.hpp"
#include "activate/control_server.hpp"
#include "activate/daemon_status.hpp"
#include "activate/generation.hpp"
#include "activate/listeners.hpp"
#include "activate/restart_policy.hpp"
#include "activate/supervisor_host.hpp"
#include "activate/worker_process.hpp"
#include "base/clock.hpp"
#include "base/env.hpp"
#include "statefs/lock.hpp"
#include "statefs/paths.hpp"

namespace fabrik::activate {

// What outlives everything else in the process, put together by a start or
// taken over from the image before.
struct SupervisorParts {
  statefs::Paths paths;
  Env env;
  std::filesystem::path executable;
  std::filesystem::path worker;
  std::string build;
  std::string project_id;
  statefs::Lock lock;
  Listeners listeners;
  Generation generation;
  std::int64_t started_unix_ms = 0;
  std::uint64_t restarts = 0;
  bool foreground = false;
  bool was_ready = false;  // false: the first failure is final
  // How long a first start bears with a store that a dying predecessor holds.
  std::chrono::milliseconds conflict_patience{0};
};

// How often it looks whether its sockets and files are still there.
inline constexpr std::chrono::seconds kUpkeepEvery{30};

class SupervisorCore {
 public:
  using Time = std::chrono::steady_clock::time_point;

  SupervisorCore(SupervisorParts parts, SupervisorHost& host, ControlServer& server,
                 const Clock& clock);

  void start();
  // A request that came through replace_image(); its upgrade has been tried.
  void resume_call(ControlCall call);
  void worker_spoke();      // worker_ready_fd() is readable
  void child_ended();       // SIGCHLD
  void connection_waits();  // a listener is readable while wants_connections()
  void handle(ControlCall call);
  void stop();
  void tick();  // now >= next_deadline()

  const Listeners& listeners() const { return parts_.listeners; }
  int worker_ready_fd() const { return worker_.ready_fd(); }
  bool wants_connections() const { return idle_; }
  std::optional<Time> next_deadline() const;
  // Nothing is under way: it only waits for something to happen.
  bool settled() const { return !busy() && !retry_at_; }
  bool finished() const { return exit_status_.has_value(); }
  int exit_status() const { return exit_status_.value_or(0); }
  DaemonStatus status() const;
  void keep_lock_until_exit() { parts_.lock.keep_until_exit(); }

 private:
  enum class Intent { none, swap, restart, upgrade, stop };
  struct Rejected {
    std::string hash;
    Error error;
    Time until;
  };

  bool busy() const;
  void begin(Intent intent);
  void drained();
  void start_worker();
  void worker_is_ready();
  void start_failed(Error error);
  void ended_unasked(const WorkerExit& exit);
  void retry_after_failure(const Error& error);
  void commit_swap();
  void roll_back(const Error& error);
  void abandon_next();
  void settle();
  void answer_waiters(const Result<DaemonStatus>& answer);
  void answer(std::uint64_t id, const Result<DaemonStatus>& answer);
  void publish();
  void finish(int exit_status);
  void upgrade();
  void house_keeping();

  void handle_activate(const ControlCall& call);
  Result<void> open_fixed_ports(const Generation& next);
  void handle_restart(const ControlCall& call);
  Result<void> take_settings(const Env::Map& settings);
  void switch_to(const ActivateRequest& request, std::uint64_t id);
  bool needs_upgrade(const ActivateRequest& request) const;
  Generation& target() { return next_ ? *next_ : parts_.generation; }

  SupervisorParts parts_;
  SupervisorHost& host_;
  ControlServer& server_;
  const Clock& clock_;
  WorkerProcess worker_;
  RestartPolicy policy_;
  Intent intent_ = Intent::none;
  bool idle_ = false;
  std::optional<Time> retry_at_;
  Time conflict_until_;
  Time next_check_;
  std::string last_error_;
  std::string access_token_;
  std::optional<Generation> next_;          // while intent_ is swap
  std::optional<TcpListener> next_http_;    // its fixed port, if that differs
  std::optional<TcpListener> next_grpc_;    // likewise
  std::optional<ActivateRequest> upgrade_;  // the build to become
  std::vector<std::uint64_t> upgraded_;     // calls that have had their upgrade
  std::optional<Rejected> rejected_;        // the generation rolled back last
  bool disowned_ = false;                   // another supervisor has our state
  std::vector<std::uint64_t> waiters_;      // answered when the transition ends
  std::deque<ControlCall> deferred_;
  std::vector<SocketName> socket_names_;
  std::optional<int> exit_status_;
};

}  // namespace fabrik::activate
