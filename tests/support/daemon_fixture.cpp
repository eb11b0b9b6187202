#include "tests/support/daemon_fixture.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <thread>

#include "activate/control_client.hpp"
#include "activate/ensure_daemon.hpp"
#include "base/fs.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{60};

// A hard link when the file system allows it: a debug binary is large.
void install(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_hard_link(fs::canonical(from), to, error);
  if (error) {
    fs::copy_file(from, to);
  }
}

Env private_environment(const fs::path& root) {
  const Env ours = Env::current();
  Env::Map variables = {{"HOME", (root / "home").native()},
                        {"XDG_RUNTIME_DIR", (root / "run").native()},
                        {"PATH", "/usr/local/bin:/usr/bin:/bin"},
                        {"FABRIK", (root / "bin/fabrik").native()}};
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const auto value = ours.get(name)) {
      variables[name] = *value;
    }
  }
  return Env(std::move(variables));
}

[[noreturn]] void become_shell(const std::string& script, const fs::path& project, const Env& env,
                               int out) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : env.all()) {
    texts.push_back(name + "=" + value);
  }
  std::vector<char*> envp;
  for (std::string& text : texts) {
    envp.push_back(text.data());
  }
  envp.push_back(nullptr);
  std::string code = script;
  std::array<char*, 4> argv = {const_cast<char*>("sh"), const_cast<char*>("-c"), code.data(),
                               nullptr};
  ::dup2(out, 1);
  if (::chdir(project.c_str()) == 0) {
    ::execve("/bin/sh", argv.data(), envp.data());
  }
  ::_exit(126);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

DaemonFixture::DaemonFixture(const fs::path& worker) : env_(private_environment(dir_.path())) {
  for (const char* name : {"home", "run", "bin", "project"}) {
    fs::create_directory(dir_ / name);
  }
  fs::permissions(dir_ / "run", fs::perms::owner_all);
  install(FABRIK_BINARY, fabrik());
  install(worker, dir_ / "bin/fabrikd");
  paths_ = statefs::paths_from(env_).value();
  fs::create_directories(paths_.cache);
  configure("# marker: one\n");
}

DaemonFixture::~DaemonFixture() {
  (void)activate::stop_daemon(paths_, project_id(), std::chrono::seconds(20));
  // What did not go by itself, round by round: supervisors start workers.
  for (int round = 0; round < 10 && !processes().empty(); ++round) {
    for (const pid_t pid : processes()) {
      send_signal(pid, SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  expect_no_sanitizer_reports();
}

void DaemonFixture::expect_no_sanitizer_reports() const {
  std::error_code error;
  for (fs::recursive_directory_iterator at(root(), error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ".err") {
      const auto text = read_file(at->path()).value_or("");
      EXPECT_EQ(text.find("Sanitizer"), std::string::npos) << text;
      EXPECT_EQ(text.find("runtime error"), std::string::npos) << text;
    }
  }
}

void DaemonFixture::configure(const std::string& content) {
  const auto written = write_file_atomically(project() / "fabrik.toml", content, 0644);
  if (!written) {
    throw std::runtime_error(written.error().message);
  }
}

config::Source DaemonFixture::source() const {
  return config::read_source(project() / "fabrik.toml").value();
}

Result<activate::DaemonStatus> DaemonFixture::ensure(std::chrono::milliseconds deadline) const {
  return activate::ensure_daemon(source(), env_, paths_,
                                 {.deadline = deadline, .executable = fabrik()});
}

activate::DaemonStatus DaemonFixture::up() const {
  auto status = ensure();
  if (!status) {
    throw std::runtime_error("no daemon: " + status.error().message);
  }
  return *status;
}

std::optional<activate::DaemonStatus> DaemonFixture::status() const {
  return activate::query_status(paths_, project_id(), kPatience).value_or(std::nullopt);
}

Finished DaemonFixture::sh(const std::string& script) const {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe");
  }
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  const pid_t pid = ::fork();
  if (pid == 0) {
    become_shell(script, project(), env_, write_end.get());
  }
  write_end.reset();
  Finished finished;
  std::array<char, 4096> buffer;
  for (ssize_t count = 0; (count = ::read(read_end.get(), buffer.data(), buffer.size())) > 0;) {
    finished.out.append(buffer.data(), static_cast<std::size_t>(count));
  }
  finished.status = wait_for(pid);
  return finished;
}

pid_t DaemonFixture::sh_in_background(const std::string& script) const {
  const pid_t pid = ::fork();
  if (pid == 0) {
    become_shell(script, project(), env_, ::open("/dev/null", O_WRONLY | O_CLOEXEC));
  }
  return pid;
}

void DaemonFixture::install_other_build(const std::string& program) {
  // Bytes after the end of an ELF file change nothing but its size.
  const fs::path next = dir_ / "bin/next";
  fs::copy_file(dir_ / "bin" / program, next, fs::copy_options::overwrite_existing);
  std::ofstream(next, std::ios::app | std::ios::binary) << "another build";
  fs::rename(next, dir_ / "bin" / program);
}

std::size_t DaemonFixture::worker_starts() const {
  std::ifstream file(paths_.default_cache_dir(project_id()).native() + ".starts");
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line);) {
    ++lines;
  }
  return lines;
}

std::vector<pid_t> DaemonFixture::processes() const {
  std::vector<pid_t> found;
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) {
      continue;
    }
    std::error_code gone;
    const auto exe = fs::read_symlink(at->path() / "exe", gone);
    if (!gone && exe.native().starts_with((dir_.path() / "bin/").native())) {
      found.push_back(std::stoi(name));
    }
  }
  return found;
}

int scale(const char* variable, int usual) {
  const char* text = std::getenv(variable);
  return text == nullptr ? usual : std::stoi(text);
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

void send_signal(pid_t pid, int number) {
  if (pid > 1) {
    ::kill(pid, number);
  }
}

bool is_alive(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const auto end = text.rfind(')');
  return end != std::string::npos && end + 2 < text.size() && text[end + 2] != 'Z';
}

}  // namespace fabrik::testing
