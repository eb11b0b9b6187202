#include "activate/spawn.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/unique_fd.hpp"

namespace fabrik::activate {
namespace {

constexpr int kFirstFree = 3;
constexpr int kStdio = 3;

// Everything the child needs, allocated before fork().
struct Plan {
  const char* executable;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::vector<Inherited> descriptors;
  const char* stderr_file;  // nullptr: /dev/null
  bool keep_stdio;
  bool detach;
  pid_t parent;
  int report;  // write end: errno of a failed exec
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const std::string& text : strings) {
    out.push_back(const_cast<char*>(text.c_str()));
  }
  out.push_back(nullptr);
  return out;
}

// --- between fork and exec: system calls only -------------------------------

[[noreturn]] void give_up(int report) {
  const int error = errno;
  (void)!::write(report, &error, sizeof error);
  ::_exit(127);
}

void reset_signals() {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) {
    ::sigaction(number, &action, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// `ulimit` in somebody's shell must not starve or kill a daemon.
void lift_soft_limits() {
  for (const auto resource : {RLIMIT_NOFILE, RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_AS}) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
      limit.rlim_cur = limit.rlim_max;
      ::setrlimit(resource, &limit);
    }
  }
}

void close_all_from(int first) {
  if (::close_range(static_cast<unsigned>(first), ~0U, 0) == 0) {
    return;
  }
  const long limit = ::sysconf(_SC_OPEN_MAX);  // kernels before 5.9
  for (int fd = first; fd < limit; ++fd) {
    ::close(fd);
  }
}

void set_stdio(const Plan& plan) {
  const int null = ::open("/dev/null", O_RDWR);
  int errors = null;
  if (plan.stderr_file != nullptr) {
    const int file =
        ::open(plan.stderr_file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    errors = file >= 0 ? file : null;
  }
  if (null < 0 || ::dup2(null, 0) < 0 || ::dup2(null, 1) < 0 || ::dup2(errors, 2) < 0) {
    give_up(plan.report);
  }
}

// Puts the descriptors where they belong. All are first copied above every
// target, since a source may sit where another one has to go.
int place_descriptors(Plan& plan) {
  int above = kFirstFree;
  for (const Inherited& wanted : plan.descriptors) {
    above = std::max(above, wanted.to + 1);
  }
  for (Inherited& wanted : plan.descriptors) {
    wanted.from = ::fcntl(wanted.from, F_DUPFD, above + 1);
    if (wanted.from < 0) {
      give_up(plan.report);
    }
  }
  plan.report = ::fcntl(plan.report, F_DUPFD, above + 1);  // its old number may be a target
  for (const Inherited& wanted : plan.descriptors) {
    if (::dup2(wanted.from, wanted.to) < 0) {
      give_up(plan.report);
    }
  }
  if (::dup3(plan.report, above, O_CLOEXEC) < 0) {
    give_up(plan.report);
  }
  return above;
}

void close_unlisted(const Plan& plan, int report) {
  for (int fd = kFirstFree; fd < report; ++fd) {
    const bool listed =
        std::ranges::any_of(plan.descriptors, [fd](const Inherited& d) { return d.to == fd; });
    if (!listed) {
      ::close(fd);
    }
  }
  close_all_from(report + 1);
}

[[noreturn]] void become(Plan& plan) {
  if (plan.detach) {
    ::setsid();
    const pid_t child = ::fork();
    if (child < 0) {
      give_up(plan.report);
    }
    if (child > 0) {
      ::_exit(0);
    }
  } else {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != plan.parent) {
      ::_exit(0);
    }
  }
  lift_soft_limits();
  if (!plan.keep_stdio) {
    set_stdio(plan);
  }
  const int report = place_descriptors(plan);
  close_unlisted(plan, report);
  reset_signals();
  ::umask(077);
  if (::chdir("/") == 0) {
    ::execve(plan.executable, plan.argv.data(), plan.envp.data());
  }
  give_up(report);
}

// -----------------------------------------------------------------------------

// A pipe whose ends stay clear of 0-2 even when the caller has those closed.
Result<std::array<UniqueFd, 2>> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail_errno("make a pipe");
  }
  std::array<UniqueFd, 2> pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  for (UniqueFd& end : pipe) {
    if (end.get() < kStdio) {
      end = UniqueFd(::fcntl(end.get(), F_DUPFD_CLOEXEC, kStdio));
    }
  }
  return pipe;
}

Result<void> exec_result(int report, const std::filesystem::path& executable) {
  int error = 0;
  ssize_t count = 0;
  do {
    count = ::read(report, &error, sizeof error);
  } while (count < 0 && errno == EINTR);
  if (count == sizeof error) {
    return fail_errno("start " + executable.string(), error);
  }
  return {};
}

void reap(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<pid_t> spawn(const ProcessSpec& spec, bool detach) {
  FABRIK_TRY(auto pipe, make_pipe());
  std::vector<std::string> arguments = {spec.executable.filename().string()};
  arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
  Plan plan{.executable = spec.executable.c_str(),
            .argv = pointers(arguments),
            .envp = pointers(spec.environment),
            .descriptors = spec.descriptors,
            .stderr_file = spec.stderr_file.empty() ? nullptr : spec.stderr_file.c_str(),
            .keep_stdio = spec.keep_stdio,
            .detach = detach,
            .parent = ::getpid(),
            .report = pipe[1].get()};
  const pid_t pid = ::fork();
  if (pid < 0) {
    return fail_errno("start " + spec.executable.string());
  }
  if (pid == 0) {
    become(plan);
  }
  pipe[1].reset();
  auto started = exec_result(pipe[0].get(), spec.executable);
  if (detach || !started) {
    reap(pid);
  }
  if (!started) {
    return fail(std::move(started).error());
  }
  return pid;
}

bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  return std::ranges::any_of(prefixes, [name](auto prefix) { return name.starts_with(prefix); });
}

bool is_allowed(std::string_view name) {
  static constexpr std::array<std::string_view, 13> kNames = {
      "HOME",         "PATH",         "LANG",           "TMPDIR",           "TZ",
      "USER",         "LOGNAME",      "FABRIK_FABRIKD", "FABRIK_LOG_LEVEL", "SSL_CERT_FILE",
      "SSL_CERT_DIR", "ASAN_OPTIONS", "UBSAN_OPTIONS"};
  if (name == "FABRIK_CONFIG_HASH") {  // activation's own export
    return false;
  }
  return std::ranges::find(kNames, name) != kNames.end() ||
         starts_with_any(name, {"FABRIK_CONFIG_", "XDG_", "LC_"});
}

}  // namespace

Result<void> spawn_detached(const ProcessSpec& spec) {
  FABRIK_TRY(const pid_t ignored, spawn(spec, true));
  (void)ignored;
  return {};
}

Result<pid_t> spawn_child(const ProcessSpec& spec) {
  return spawn(spec, false);
}

std::vector<std::string> daemon_environment(const Env& env) {
  std::vector<std::string> out;
  for (const auto& [name, value] : env.all()) {
    if (is_allowed(name)) {
      out.push_back(name + "=" + value);
    }
  }
  return out;
}

}  // namespace fabrik::activate
