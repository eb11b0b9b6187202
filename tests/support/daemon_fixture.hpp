// One user with one project and a real supervisor: private HOME and XDG
// directories, and an installation of `fabrik` with a worker of the test's
// choice beside it. Everything it started is gone when it goes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "activate/daemon_status.hpp"
#include "base/env.hpp"
#include "base/result.hpp"
#include "config/discover.hpp"
#include "statefs/paths.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::testing {

// How a program ended and what it printed.
struct Finished {
  int status = -1;  // exit status; 128 + number when killed
  std::string out;
};

class DaemonFixture {
 public:
  // `worker`: the program to install as fabrikd.
  explicit DaemonFixture(const std::filesystem::path& worker);
  ~DaemonFixture();
  DaemonFixture(const DaemonFixture&) = delete;
  DaemonFixture& operator=(const DaemonFixture&) = delete;

  // Writes fabrik.toml.
  void configure(const std::string& content);
  config::Source source() const;
  std::string project_id() const { return source().project_id(); }

  // In this process, as activation does it.
  Result<activate::DaemonStatus> ensure(
      std::chrono::milliseconds deadline = std::chrono::seconds(30)) const;
  // ensure() that has to work.
  activate::DaemonStatus up() const;
  std::optional<activate::DaemonStatus> status() const;

  // Runs `fabrik ARGUMENTS` in the project through /bin/sh, which may redirect:
  // sh("exec 3<>file; $FABRIK status").
  Finished sh(const std::string& script) const;
  // The same, not waited for; its output goes nowhere.
  pid_t sh_in_background(const std::string& script) const;

  // Replaces an installed program by one with another build id.
  void install_other_build(const std::string& program = "fabrik");

  const std::filesystem::path& root() const { return dir_.path(); }
  std::filesystem::path project() const { return dir_.path() / "project"; }
  std::filesystem::path fabrik() const { return dir_.path() / "bin/fabrik"; }
  const statefs::Paths& paths() const { return paths_; }
  const Env& env() const { return env_; }
  // How often a fake worker has been started.
  std::size_t worker_starts() const;
  // Every process that runs from our private installation.
  std::vector<pid_t> processes() const;

 private:
  void expect_no_sanitizer_reports() const;

  TempDir dir_;
  Env env_;
  statefs::Paths paths_;
};

// How much of something to do: the variable's number, else `usual`.
int scale(const char* variable, int usual);

// Waits, bounded, for something another process does.
bool eventually(const std::function<bool()>& condition);

// Sends a signal to a process that the test knows to be its own.
void send_signal(pid_t pid, int number);
bool is_alive(pid_t pid);  // and not a zombie

}  // namespace fabrik::testing
