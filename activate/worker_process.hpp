// The worker as a child process: start, readiness, end. One at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "activate/spawn.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::activate {

// What the worker's own command line says (docs/control-protocol.md).
struct WorkerCommand {
  std::filesystem::path executable;
  std::filesystem::path snapshot;     // the accepted configuration
  std::filesystem::path config_path;  // where it came from
  std::string project_id;
  std::filesystem::path state_dir;
  std::filesystem::path default_cache_dir;
  std::filesystem::path token_file;
  int http_fd = -1;   // borrowed
  int grpc_fd = -1;   // borrowed
  int admin_fd = -1;  // borrowed
  bool trusted = false;
  bool foreground = false;
};

struct WorkerExit {
  bool clean = false;  // exit status 0
  bool by_signal = false;
  std::string description;  // "was killed by signal 9 (Killed)", with its last words
};

// Driven by a poll loop: nothing here blocks but the short wait for exec().
class WorkerProcess {
 public:
  enum class State { none, starting, running, stopping };

  explicit WorkerProcess(const Clock& clock) : clock_(clock) {}
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  State state() const { return state_; }
  pid_t pid() const { return pid_; }
  std::chrono::steady_clock::time_point started() const { return started_; }
  // Readable when the worker has something to say about its start; -1: nothing.
  int ready_fd() const { return ready_.get(); }
  // When it is given up waiting for and killed.
  std::optional<std::chrono::steady_clock::time_point> deadline() const { return deadline_; }

  Result<void> start(const WorkerCommand& command, const Env& env);
  // Call when ready_fd() is readable. True: the worker is ready. A start that
  // failed shows when the process ends; start_error() then says why.
  bool read_ready();
  const std::string& cache_dir() const { return cache_dir_; }
  // Why it is ready but has no store and answers misses; empty: it has one.
  const std::string& degraded() const { return degraded_; }
  // Its clients have to present the project's token.
  bool token_mode() const { return token_mode_; }
  const std::optional<Error>& start_error() const { return start_error_; }
  // SIGTERM now, SIGKILL after `patience`.
  void terminate(std::chrono::milliseconds patience);
  // Kills it when its deadline has passed.
  void enforce_deadline();
  // How it ended; nullopt while it lives. The state is `none` afterwards.
  std::optional<WorkerExit> reap();

 private:
  void failed_to_start(Error error);

  const Clock& clock_;
  State state_ = State::none;
  pid_t pid_ = 0;
  UniqueFd ready_;
  std::string line_;
  std::string cache_dir_;
  std::string degraded_;
  bool token_mode_ = false;
  std::optional<Error> start_error_;
  std::filesystem::path stderr_file_;
  std::chrono::steady_clock::time_point started_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

}  // namespace fabrik::activate
