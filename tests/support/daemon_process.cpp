#include "tests/support/daemon_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/fs.hpp"
#include "base/listen.hpp"

namespace fabrik::testing {
namespace {

constexpr std::chrono::seconds kPatience{60};

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      throw std::runtime_error("pipe");
    }
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
  UniqueFd read;
  UniqueFd write;
};

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  ssize_t got = 0;
  while ((got = ::read(fd, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

int exit_status(int raw) {
  return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

}  // namespace

WorkerHome::WorkerHome(const std::filesystem::path& root)
    : root_(root),
      http_(listen_on_loopback(0).value()),
      admin_(listen_on_unix(root / "worker.sock").value()),
      grpc_(listen_on_loopback(0).value()),
      port_(port_of(http_.get()).value()) {
  std::filesystem::create_directory(root_ / "state");
  std::filesystem::permissions(root_ / "state", std::filesystem::perms::owner_all);
}

std::uint16_t WorkerHome::grpc_port() const {
  return port_of(grpc_.get()).value();
}

DaemonProcess::DaemonProcess(const WorkerHome& home, const WorkerOptions& options) : home_(home) {
  const std::filesystem::path config = home.root() / "fabrik.toml";
  write_file_atomically(config, options.config).value();
  const std::filesystem::path cache =
      options.cache_dir.empty() ? home.root() / "cache" : options.cache_dir;
  std::vector<std::string> words = {FABRIKD_BINARY,
                                    "worker",
                                    "--config",
                                    config,
                                    "--config-path",
                                    config,
                                    "--project-id",
                                    "0123456789abcdef",
                                    "--state-dir",
                                    home.root() / "state",
                                    "--cache-dir-default",
                                    cache,
                                    "--http-fd",
                                    "10",
                                    "--admin-fd",
                                    "11",
                                    "--ready-fd",
                                    "12"};
  if (options.trusted) {
    words.emplace_back("--trusted");
  }
  if (!options.token_file.empty()) {
    words.emplace_back("--token-file");
    words.emplace_back(options.token_file);
  }
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  if (options.grpc) {
    words.emplace_back("--grpc-fd");
    words.emplace_back("13");
  }
  std::vector<char*> arguments = pointers(words);
  Pipe ready;
  if (options.ready_pipe_is_closed) {
    ready.read.reset();
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    if (!options.cgroup.empty()) {
      std::ofstream(options.cgroup) << ::getpid();
    }
    // Out of the way of the numbers used below.
    const int http = ::fcntl(home.http_listener(), F_DUPFD, 100);
    const int admin = ::fcntl(home.admin_listener(), F_DUPFD, 100);
    const int line = ::fcntl(ready.write.get(), F_DUPFD, 100);
    const int grpc = ::fcntl(home.grpc_listener(), F_DUPFD, 100);
    ::dup2(http, 10);
    ::dup2(admin, 11);
    ::dup2(line, 12);
    ::dup2(grpc, 13);
    ::close_range(14, ~0U, 0);
    if (options.open_files) {
      const rlimit limit{.rlim_cur = *options.open_files, .rlim_max = *options.open_files};
      ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    for (std::string variable : options.environment) {
      const std::size_t equals = variable.find('=');
      ::setenv(variable.substr(0, equals).c_str(), variable.c_str() + equals + 1, 1);
    }
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ready.write.reset();
  if (ready.read) {
    ready_line_ = read_all(ready.read.get());  // ends when the worker closes its end
  }
}

DaemonProcess::~DaemonProcess() {
  if (!status_) {
    kill();
    wait();
  }
}

void DaemonProcess::terminate() {
  ::kill(pid_, SIGTERM);
}
void DaemonProcess::kill() {
  ::kill(pid_, SIGKILL);
}

bool DaemonProcess::running() {
  int raw = 0;
  if (!status_ && ::waitpid(pid_, &raw, WNOHANG) == pid_) {
    status_ = exit_status(raw);
  }
  return !status_;
}

int DaemonProcess::wait() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (running() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return status_.value_or(-1);
}

std::uint64_t DaemonProcess::memory(std::string_view field) const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(std::string(field) + ":")) {
      return std::stoull(line.substr(field.size() + 1)) * 1024;
    }
  }
  return 0;
}

RawResponse DaemonProcess::admin(std::string_view method, std::string_view target) const {
  RawClient client = RawClient::unix_socket(home_.admin_socket());
  client.send(request_text(0, method, target));
  return client.read_response().value_or(RawResponse{});
}

std::string DaemonProcess::log() const {
  return read_file(home_.root() / "state/log/worker.log").value_or("");
}

std::string fabrikd_output(const std::vector<std::string>& given, int& status) {
  std::vector<std::string> words = {FABRIKD_BINARY};
  words.insert(words.end(), given.begin(), given.end());
  std::vector<char*> arguments = pointers(words);
  Pipe output;
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(output.write.get(), STDOUT_FILENO);
    ::dup2(output.write.get(), STDERR_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  output.write.reset();
  std::string text = read_all(output.read.get());
  int raw = 0;
  ::waitpid(child, &raw, 0);
  status = exit_status(raw);
  return text;
}

}  // namespace fabrik::testing
