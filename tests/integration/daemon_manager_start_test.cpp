// Starting: one daemon whoever asks how often, and nothing of the caller in it.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "activate/control_client.hpp"
#include "base/fs.hpp"
#include "statefs/daemon_dir.hpp"
#include "tests/support/daemon_fixture.hpp"
#include "tests/support/raw_http.hpp"

namespace fabrik {
namespace {

namespace fs = std::filesystem;
using testing::DaemonFixture;
using testing::eventually;

constexpr const char* kActivate = "\"$FABRIK\" activate --status --shell bash";

class DaemonStart : public ::testing::Test, protected DaemonFixture {
 protected:
  DaemonStart() : DaemonFixture(FAKE_WORKER) {}

  // Exactly one supervisor with one worker, both answering.
  void expect_one_daemon() {
    const auto daemon = status();
    ASSERT_TRUE(daemon);
    EXPECT_EQ(daemon->worker_state, "running");
    EXPECT_EQ(testing::fetch(daemon->http_port, "GET", "/").status, 200);
    EXPECT_TRUE(eventually([&] { return processes().size() == 2; }));
  }

  // Nothing but /dev/null, our own files and kernel objects.
  void expect_clean(pid_t pid) {
    const fs::path proc = "/proc/" + std::to_string(pid);
    EXPECT_EQ(fs::read_symlink(proc / "cwd"), "/");
    for (const auto& entry : fs::directory_iterator(proc / "fd")) {
      std::error_code closed;  // since it was listed: a request that has been answered
      const std::string target = fs::read_symlink(entry.path(), closed);
      if (closed) {
        continue;
      }
      const bool expected = target == "/dev/null" || target.starts_with("socket:") ||
                            target.starts_with("anon_inode:") ||
                            target.starts_with(paths().runtime.native()) ||
                            target.starts_with(paths().state.native());
      EXPECT_TRUE(expected) << entry.path() << " is " << target;
    }
  }

  void expect_detached() {
    const auto daemon = status();
    ASSERT_TRUE(daemon);
    expect_clean(daemon->supervisor_pid);
    expect_clean(daemon->worker_pid);
    EXPECT_NE(::getsid(daemon->supervisor_pid), ::getsid(0));
    EXPECT_NE(::getsid(daemon->supervisor_pid), daemon->supervisor_pid)
        << "a session leader could acquire a terminal";
  }
};

TEST_F(DaemonStart, ServesThePublishedPort) {
  const auto daemon = up();
  const auto record = statefs::read_daemon_record(paths(), daemon.config_hash);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->pid, daemon.supervisor_pid);
  EXPECT_EQ(record->http_port, daemon.http_port);
  EXPECT_EQ(record->config_path, source().path);
  EXPECT_EQ(*read_file(fs::path(daemon.state_dir) / "config.toml"), source().content);
  expect_one_daemon();
}

TEST_F(DaemonStart, ReusesARunningDaemon) {
  const auto first = up();
  const auto second = up();
  EXPECT_EQ(first.supervisor_pid, second.supervisor_pid);
  EXPECT_EQ(first.worker_pid, second.worker_pid);
  EXPECT_EQ(first.http_port, second.http_port);
  EXPECT_EQ(worker_starts(), 1U);
}

TEST_F(DaemonStart, SixtyAtOnceGetOneDaemonAndOneUrl) {
  fs::create_directory(root() / "out");
  std::vector<pid_t> children;
  for (int i = 0; i < 60; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      const auto daemon = ensure(std::chrono::seconds(60));
      std::ofstream(root() / "out" / std::to_string(i))
          << (daemon
                  ? std::to_string(daemon->http_port) + " " + std::to_string(daemon->supervisor_pid)
                  : daemon.error().message);
      ::_exit(daemon ? 0 : 1);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
  }
  std::set<std::string> answers;
  for (const auto& entry : fs::directory_iterator(root() / "out")) {
    answers.insert(*read_file(entry.path()));
  }
  EXPECT_EQ(answers.size(), 1U) << ::testing::PrintToString(answers);
  EXPECT_EQ(worker_starts(), 1U);
  expect_one_daemon();
}

TEST_F(DaemonStart, GivesTheShellItsUrl) {
  const auto shell = sh("eval \"$(" + std::string(kActivate) +
                        ")\"; echo \"$FABRIK_HTTP_URL $FABRIK_DAEMON_PID\"");
  const auto daemon = status();
  ASSERT_TRUE(daemon);
  EXPECT_EQ(shell.out, "http://127.0.0.1:" + std::to_string(daemon->http_port) + " " +
                           std::to_string(daemon->supervisor_pid) + "\n");
}

// The five rows of inherited descriptors that made other daemons hang their
// callers. sh() returns when nobody holds the pipe any more.
TEST_F(DaemonStart, DoesNotHoldACommandSubstitution) {
  EXPECT_EQ(sh("x=$(" + std::string(kActivate) + "); echo done").out, "done\n");
  expect_detached();
}

TEST_F(DaemonStart, DoesNotHoldACommandSubstitutionWithErrors) {
  EXPECT_EQ(sh("x=$(" + std::string(kActivate) + " 2>&1); echo done").out, "done\n");
  expect_detached();
}

TEST_F(DaemonStart, DoesNotHoldAStrayDescriptor) {
  EXPECT_EQ(sh("(" + std::string(kActivate) + " >/dev/null 2>&1) 3>&1 | cat; echo done").out,
            "done\n");
  expect_detached();
}

TEST_F(DaemonStart, DoesNotHoldAPipeline) {
  EXPECT_EQ(sh(std::string(kActivate) + " 5>&1 2>&1 | cat >/dev/null; echo done").out, "done\n");
  expect_detached();
}

TEST_F(DaemonStart, DoesNotHoldALockOfItsCaller) {
  const std::string script = "exec 9>lock; flock 9; " + std::string(kActivate) +
                             " >/dev/null; exec 9>&-; flock -n lock echo free";
  EXPECT_EQ(sh(script).out, "free\n");
  expect_detached();
}

TEST_F(DaemonStart, StartsWithClosedStandardDescriptors) {
  sh(std::string(kActivate) + " <&- >&- 2>&-");
  expect_detached();
  expect_one_daemon();
}

TEST_F(DaemonStart, SurvivesSignalsToTheGroupOfItsCaller) {
  sh("setsid -w sh -c '" + std::string(kActivate) +
     " >/dev/null; trap \"\" HUP INT QUIT; kill -HUP 0; kill -INT 0; kill -QUIT 0'");
  expect_one_daemon();
  expect_detached();
}

TEST_F(DaemonStart, IsNotStoppedByAHangup) {
  const auto daemon = up();
  testing::send_signal(daemon.supervisor_pid, SIGHUP);
  const auto after = status();
  ASSERT_TRUE(after);
  EXPECT_EQ(after->supervisor_pid, daemon.supervisor_pid);
}

TEST_F(DaemonStart, DoesNotPassTheEnvironmentOn) {
  sh("AWS_SECRET_ACCESS_KEY=hunter2 TURBO_TOKEN=mine FABRIK_CONFIG_CACHE_MAX_SIZE=1GB " +
     std::string(kActivate) + " >/dev/null");
  const auto daemon = status();
  ASSERT_TRUE(daemon);
  for (const pid_t pid : {daemon->supervisor_pid, daemon->worker_pid}) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/environ");
    const std::string environment(std::istreambuf_iterator<char>(file), {});
    EXPECT_EQ(environment.find("hunter2"), std::string::npos);
    EXPECT_EQ(environment.find("TURBO_TOKEN"), std::string::npos);
    EXPECT_NE(environment.find("FABRIK_CONFIG_CACHE_MAX_SIZE=1GB"), std::string::npos);
  }
}

TEST_F(DaemonStart, LiftsTheLimitsOfItsCaller) {
  sh("ulimit -S -n 64; " + std::string(kActivate) + " >/dev/null");
  const auto daemon = status();
  ASSERT_TRUE(daemon);
  std::ifstream file("/proc/" + std::to_string(daemon->worker_pid) + "/limits");
  const std::string limits(std::istreambuf_iterator<char>(file), {});
  const auto line = limits.substr(limits.find("Max open files"), 40);
  EXPECT_EQ(line.find(" 64 "), std::string::npos) << line;
}

TEST_F(DaemonStart, RunsInTheForegroundUntilInterrupted) {
  const pid_t shell = sh_in_background("exec \"$FABRIK\" daemon 2>log.txt");
  ASSERT_TRUE(eventually([&] { return status() && status()->worker_state == "running"; }));
  EXPECT_EQ(status()->supervisor_pid, shell);
  expect_one_daemon();
  testing::send_signal(shell, SIGINT);
  int ended = -1;
  ASSERT_EQ(::waitpid(shell, &ended, 0), shell);
  EXPECT_EQ(ended, 0);
  EXPECT_TRUE(processes().empty());
  EXPECT_NE(read_file(project() / "log.txt")->find("[fabrik] worker is ready"), std::string::npos);
}

TEST_F(DaemonStart, RefusesASecondDaemonForTheProject) {
  const auto daemon = up();
  const auto second = sh("\"$FABRIK\" daemon 2>&1");
  EXPECT_NE(second.status, 0);
  EXPECT_NE(second.out.find("is running already"), std::string::npos) << second.out;
  EXPECT_EQ(status()->supervisor_pid, daemon.supervisor_pid);
}

TEST_F(DaemonStart, WorksWithAHomeTooLongForSockets) {
  const fs::path home = root() / std::string(120, 'h');
  fs::create_directories(home);
  const auto there = statefs::paths_from(Env({{"HOME", home.native()}}));
  ASSERT_TRUE(there->runtime.native().starts_with("/tmp/fabrik-")) << there->runtime;
  const auto shell =
      sh("unset XDG_RUNTIME_DIR; export HOME='" + home.native() + "'; eval \"$(" + kActivate +
         ")\"; test -n \"$FABRIK_HTTP_URL\" && echo up; " + "\"$FABRIK\" stop >/dev/null");
  EXPECT_EQ(shell.out, "up\n");
  EXPECT_TRUE(eventually([&] { return processes().empty(); }));
  fs::remove_all(there->runtime);
}

}  // namespace
}  // namespace fabrik
