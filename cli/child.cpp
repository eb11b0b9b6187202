#include "cli/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace fabrik::cli {
namespace {

constexpr std::size_t kOutputLimit = 64 * 1024;

class SpawnPlan {
 public:
  explicit SpawnPlan(int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int run(pid_t& pid, char** argv) const {
    return ::posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv, environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail_errno("make a pipe");
  }
  UniqueFd reading(ends[0]);
  const UniqueFd writing(ends[1]);
  std::vector<std::string> copy = command;
  std::vector<char*> argv;
  for (std::string& word : copy) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  pid_t pid = 0;
  if (const int error = SpawnPlan(writing.get()).run(pid, argv.data()); error != 0) {
    return fail_errno("run " + command.front(), error);
  }
  return Child(pid, std::move(reading));
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), out_(std::move(other.out_)) {}

Child::~Child() {
  if (pid_ > 0) {
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

bool Child::read_until_end(std::chrono::steady_clock::time_point deadline, std::string& text) {
  std::array<char, 4096> buffer;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd entry{.fd = out_.get(), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&entry, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
    if (ready < 0 && errno == EINTR) {
      continue;
    }
    if (ready <= 0) {
      return false;
    }
    const ssize_t got = ::read(out_.get(), buffer.data(), buffer.size());
    if (got <= 0) {
      return got == 0;
    }
    if (text.size() < kOutputLimit) {
      text.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
}

std::optional<std::string> Child::output(std::chrono::steady_clock::time_point deadline) {
  auto ended = ending(deadline);
  return ended && ended->status == 0 ? std::optional(std::move(ended->text)) : std::nullopt;
}

std::optional<Child::Ending> Child::ending(std::chrono::steady_clock::time_point deadline) {
  std::string text;
  if (!read_until_end(deadline, text)) {
    return std::nullopt;
  }
  // It closed its output and is about to end: kill only what does not.
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(pid_, &status, WNOHANG)) == 0 &&
         std::chrono::steady_clock::now() < deadline) {
    ::poll(nullptr, 0, 1);
  }
  if (ended != pid_) {
    return std::nullopt;
  }
  pid_ = 0;
  return Ending{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), std::move(text)};
}

}  // namespace fabrik::cli
