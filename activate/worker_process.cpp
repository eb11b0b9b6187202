#include "activate/worker_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "activate/status_json.hpp"
#include "base/fs.hpp"
#include "statefs/json_file.hpp"

namespace fabrik::activate {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kStartPatience{60};
constexpr std::chrono::seconds kAfterError{5};
constexpr std::size_t kLongestLine = 64 * 1024;
constexpr off_t kLongestStderr = 1024 * 1024;
constexpr int kHttp = 3;
constexpr int kAdmin = 4;
constexpr int kReady = 5;
constexpr int kGrpc = 6;

std::vector<std::string> arguments_of(const WorkerCommand& command) {
  std::vector<std::string> arguments = {"worker",
                                        "--config",
                                        command.snapshot.native(),
                                        "--config-path",
                                        command.config_path.native(),
                                        "--project-id",
                                        command.project_id,
                                        "--state-dir",
                                        command.state_dir.native(),
                                        "--cache-dir-default",
                                        command.default_cache_dir.native(),
                                        "--token-file",
                                        command.token_file.native(),
                                        "--http-fd",
                                        std::to_string(kHttp),
                                        "--grpc-fd",
                                        std::to_string(kGrpc),
                                        "--admin-fd",
                                        std::to_string(kAdmin),
                                        "--ready-fd",
                                        std::to_string(kReady)};
  if (command.trusted) {
    arguments.emplace_back("--trusted");
  }
  if (command.foreground) {
    arguments.emplace_back("--foreground");
  }
  return arguments;
}

// What only stderr hears: failed assertions, sanitizers, the dynamic linker.
std::string last_line(const std::filesystem::path& file) {
  const auto text = read_file(file, 4 * kLongestStderr);
  const auto end = text ? text->find_last_not_of('\n') : std::string::npos;
  if (end == std::string::npos) {
    return {};
  }
  const auto before = text->rfind('\n', end);
  const auto begin = before == std::string::npos ? 0 : before + 1;
  return text->substr(begin, std::min<std::size_t>(end + 1 - begin, 300));
}

WorkerExit describe(int status, const std::filesystem::path& stderr_file) {
  WorkerExit exit;
  exit.clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  exit.by_signal = WIFSIGNALED(status);
  if (exit.by_signal) {
    const int number = WTERMSIG(status);
    exit.description =
        "was killed by signal " + std::to_string(number) + " (" + ::strsignal(number) + ")";
  } else {
    exit.description = "ended with status " + std::to_string(WEXITSTATUS(status));
  }
  if (const std::string words = exit.clean ? "" : last_line(stderr_file); !words.empty()) {
    exit.description += "; its last words: " + words;
  }
  return exit;
}

}  // namespace

WorkerProcess::~WorkerProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

Result<void> WorkerProcess::start(const WorkerCommand& command, const Env& env) {
  started_ = clock_.steady_now();  // an attempt that fails at once counts, too
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail_errno("make a pipe");
  }
  UniqueFd read_end(ends[0]);
  const UniqueFd write_end(ends[1]);
  ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
  ProcessSpec spec;
  spec.executable = command.executable;
  spec.arguments = arguments_of(command);
  spec.environment = daemon_environment(env);
  spec.descriptors = {{command.http_fd, kHttp},
                      {command.admin_fd, kAdmin},
                      {write_end.get(), kReady},
                      {command.grpc_fd, kGrpc}};
  spec.keep_stdio = command.foreground;
  spec.stderr_file = command.state_dir / "log/worker.err";
  struct stat info{};
  if (::stat(spec.stderr_file.c_str(), &info) == 0 && info.st_size > kLongestStderr) {
    ::unlink(spec.stderr_file.c_str());
  }
  FABRIK_TRY(pid_, spawn_child(spec));
  state_ = State::starting;
  ready_ = std::move(read_end);
  line_.clear();
  start_error_.reset();
  stderr_file_ = spec.stderr_file;
  deadline_ = started_ + kStartPatience;
  return {};
}

void WorkerProcess::failed_to_start(Error error) {
  start_error_ = std::move(error);
  ready_.reset();
  deadline_ = clock_.steady_now() + kAfterError;
}

bool WorkerProcess::read_ready() {
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(ready_.get(), buffer.data(), buffer.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    return false;
  }
  line_.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  const auto end = line_.find('\n');
  if (end == std::string::npos) {
    if (count <= 0) {
      ready_.reset();  // it ends or has ended; reap() tells
    } else if (line_.size() > kLongestLine) {
      failed_to_start({Errc::internal, "start the worker: it does not speak our language"});
    }
    return false;
  }
  const std::string_view line = std::string_view(line_).substr(0, end);
  if (auto error = parse_error(line)) {
    failed_to_start(*std::move(error));
    return false;
  }
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object() || !statefs::get_bool(json, "ready")) {
    failed_to_start({Errc::internal, "start the worker: it does not speak our language"});
    return false;
  }
  cache_dir_ = statefs::get_bytes(json, "cache_dir");
  degraded_ = statefs::get_string(json, "degraded");
  token_mode_ = statefs::get_bool(json, "token_mode");
  ready_.reset();
  if (state_ != State::starting) {
    return false;
  }
  state_ = State::running;
  deadline_.reset();
  return true;
}

void WorkerProcess::terminate(milliseconds patience) {
  if (pid_ <= 0) {
    return;
  }
  // Our own child, not reaped yet: the number cannot be anybody else's.
  ::kill(pid_, SIGTERM);
  state_ = State::stopping;
  deadline_ = clock_.steady_now() + patience;
}

void WorkerProcess::enforce_deadline() {
  if (pid_ > 0 && deadline_ && clock_.steady_now() >= *deadline_) {
    if (state_ == State::starting && !start_error_) {
      start_error_ = Error{Errc::timeout, "start the worker: it was not ready in time"};
    }
    ::kill(pid_, SIGKILL);
    deadline_.reset();
  }
}

std::optional<WorkerExit> WorkerProcess::reap() {
  int status = 0;
  if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) {
    return std::nullopt;
  }
  if (state_ == State::starting && ready_) {
    read_ready();  // its last line may still be in the pipe
  }
  pid_ = 0;
  state_ = State::none;
  ready_.reset();
  deadline_.reset();
  return describe(status, stderr_file_);
}

}  // namespace fabrik::activate
