// State that lies, trust, clients that misbehave.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "activate/control_client.hpp"
#include "activate/ensure_daemon.hpp"
#include "activate/listeners.hpp"
#include "base/fs.hpp"
#include "statefs/daemon_dir.hpp"
#include "statefs/host.hpp"
#include "statefs/lock.hpp"
#include "statefs/project_record.hpp"
#include "statefs/trust_store.hpp"
#include "tests/support/daemon_fixture.hpp"
#include "tests/support/raw_http.hpp"

namespace fabrik {
namespace {

namespace fs = std::filesystem;
using testing::DaemonFixture;
using testing::eventually;

class DaemonState : public ::testing::Test, protected DaemonFixture {
 protected:
  DaemonState() : DaemonFixture(FAKE_WORKER) {}

  void stop() {
    const auto stopped = activate::stop_daemon(paths(), project_id(), std::chrono::seconds(30));
    ASSERT_TRUE(stopped) << stopped.error().message;
    EXPECT_TRUE(*stopped);
  }
  // State as a daemon that died with this pid would have left it.
  void plant(pid_t pid, std::uint16_t port) {
    const std::string hash = source().config_hash();
    const auto dir = statefs::DaemonDir::create(paths(), hash);
    ASSERT_TRUE(dir);
    ASSERT_TRUE(dir->publish({pid, port, 0, source().path}));
    ASSERT_TRUE(statefs::write_project_record(paths(), project_id(),
                                              {source().path, hash, port, 0, statefs::boot_id()}));
  }
  bool trusted_worker() {
    return testing::fetch(up().http_port, "GET", "/").body.find("\"trusted\":\"yes\"") !=
           std::string::npos;
  }
};

TEST_F(DaemonState, StopRemovesWhatItPublishedAndKeepsTheLog) {
  const auto daemon = up();
  stop();
  EXPECT_TRUE(processes().empty());
  for (const char* name : {"pid", "ports.json", "config_path.txt", "config.toml"}) {
    EXPECT_FALSE(fs::exists(fs::path(daemon.state_dir) / name)) << name;
  }
  EXPECT_TRUE(fs::exists(fs::path(daemon.state_dir) / "log/supervisor.log"));
  EXPECT_FALSE(fs::exists(paths().control_socket(project_id())));
  EXPECT_FALSE(fs::exists(paths().worker_socket(project_id())));
  EXPECT_TRUE(statefs::read_project_record(paths(), project_id()));
}

TEST_F(DaemonState, StoppingNothingIsNoErrorAndStartsNothing) {
  const auto stopped = activate::stop_daemon(paths(), project_id(), std::chrono::seconds(5));
  ASSERT_TRUE(stopped);
  EXPECT_FALSE(*stopped);
  EXPECT_EQ(sh("\"$FABRIK\" stop").out, "No daemon is running for this project.\n");
  EXPECT_TRUE(processes().empty());
}

TEST_F(DaemonState, TheStopCommandSaysWhatItStopped) {
  const auto daemon = up();
  const auto stopped = sh("\"$FABRIK\" stop");
  EXPECT_EQ(stopped.status, 0);
  EXPECT_NE(stopped.out.find("(pid " + std::to_string(daemon.supervisor_pid) + ")"),
            std::string::npos)
      << stopped.out;
  EXPECT_TRUE(processes().empty());
}

TEST_F(DaemonState, TheStopCommandStopsAll) {
  up();
  const auto stopped = sh("cd / && \"$FABRIK\" stop --all --json");
  EXPECT_EQ(stopped.status, 0);
  EXPECT_NE(stopped.out.find(project_id()), std::string::npos);
  EXPECT_TRUE(processes().empty());
}

TEST_F(DaemonState, SigtermStopsTheSupervisorCleanly) {
  const auto daemon = up();
  testing::send_signal(daemon.supervisor_pid, SIGTERM);
  EXPECT_TRUE(eventually([&] { return processes().empty(); }));
  EXPECT_FALSE(fs::exists(fs::path(daemon.state_dir) / "pid"));
}

TEST_F(DaemonState, ADeadPidIsNotADaemon) {
  const pid_t dead = ::fork();
  if (dead == 0) {
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(dead, nullptr, 0), dead);
  plant(dead, 1);
  const auto daemon = up();
  EXPECT_NE(daemon.supervisor_pid, dead);
  EXPECT_EQ(testing::fetch(daemon.http_port, "GET", "/").status, 200);
}

TEST_F(DaemonState, ARecycledPidIsNeitherBelievedNorSignalled) {
  const pid_t decoy = ::fork();
  if (decoy == 0) {
    for (;;) {
      ::pause();  // any signal but SIGKILL and SIGSTOP ends it
    }
  }
  plant(decoy, 2);
  const auto daemon = up();
  EXPECT_NE(daemon.supervisor_pid, decoy);
  configure("# marker: two\n");
  up();
  stop();
  EXPECT_EQ(::waitpid(decoy, nullptr, WNOHANG), 0) << "the decoy still runs";
  testing::send_signal(decoy, SIGKILL);
  ::waitpid(decoy, nullptr, 0);
}

TEST_F(DaemonState, HalfWrittenStateIsReplaced) {
  const auto before = up();
  testing::send_signal(before.supervisor_pid, SIGKILL);
  ASSERT_TRUE(eventually([&] { return processes().empty(); }));
  for (const char* name : {"pid", "ports.json", "config_path.txt", "config.toml"}) {
    ASSERT_TRUE(write_file_atomically(fs::path(before.state_dir) / name, ""));
  }
  ASSERT_TRUE(write_file_atomically(paths().project_record(project_id()), "{\"http_port\":"));
  const auto after = up();
  EXPECT_TRUE(statefs::read_daemon_record(paths(), after.config_hash));
  EXPECT_TRUE(statefs::read_project_record(paths(), project_id()));
}

// As after a power cut: nobody tidied up, and the runtime directory is gone.
TEST_F(DaemonState, StateFromBeforeAReboot) {
  const auto before = up();
  testing::send_signal(before.supervisor_pid, SIGKILL);
  ASSERT_TRUE(eventually([&] { return processes().empty(); }));
  fs::remove_all(paths().runtime);
  auto record = *statefs::read_project_record(paths(), project_id());
  record.boot_id = "another boot";
  ASSERT_TRUE(statefs::write_project_record(paths(), project_id(), record));
  ASSERT_TRUE(fs::exists(fs::path(before.state_dir) / "pid"));
  const auto after = up();
  EXPECT_EQ(after.http_port, before.http_port) << "the port is worth a try in any boot";
  EXPECT_EQ(after.grpc_port, before.grpc_port);
}

TEST_F(DaemonState, PortsFromBeforeARebootThatAreTakenAreGivenUpAtOnce) {
  const auto before = up();
  testing::send_signal(before.supervisor_pid, SIGKILL);
  ASSERT_TRUE(eventually([&] { return processes().empty(); }));
  fs::remove_all(paths().runtime);
  auto record = *statefs::read_project_record(paths(), project_id());
  record.boot_id = "another boot";
  ASSERT_TRUE(statefs::write_project_record(paths(), project_id(), record));
  const auto thief = activate::listen_tcp(before.http_port);
  ASSERT_TRUE(thief) << thief.error().message;
  const auto after = up();
  EXPECT_NE(after.http_port, before.http_port);
  EXPECT_EQ(after.grpc_port, before.grpc_port);
  EXPECT_EQ(testing::fetch(after.http_port, "GET", "/").status, 200);
}

TEST_F(DaemonState, ASymlinkedStateDirectoryIsRefused) {
  const std::string hash = source().config_hash();
  fs::create_directories(paths().state / "daemons");
  fs::create_directories(root() / "elsewhere");
  fs::create_symlink(root() / "elsewhere", paths().daemon_dir(hash));
  const auto daemon = ensure();
  ASSERT_FALSE(daemon);
  EXPECT_NE(daemon.error().message.find("directory"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(root() / "elsewhere"));
  EXPECT_TRUE(eventually([&] { return processes().empty(); }));
}

TEST_F(DaemonState, AForeignStateDirectoryIsRefused) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can give directories away";
  }
  fs::create_directories(paths().state);
  ASSERT_EQ(::chown(paths().state.c_str(), 65534, 65534), 0);
  const auto daemon = ensure();
  ASSERT_FALSE(daemon);
  EXPECT_EQ(daemon.error().code, Errc::forbidden) << daemon.error().message;
  EXPECT_TRUE(processes().empty());
}

TEST_F(DaemonState, AnImpostorBehindTheControlSocketGetsNothing) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs a second user";
  }
  const auto socket = paths().control_socket(project_id());
  fs::create_directories(socket.parent_path());
  fs::permissions(socket.parent_path(), fs::perms::owner_all);
  const std::string impostor =
      "import os,socket,sys\n"
      "os.chdir(os.path.dirname(sys.argv[1]))\n"
      "s=socket.socket(socket.AF_UNIX)\n"
      "s.bind('control.sock'); os.chmod('control.sock',0o777)\n"
      "os.setresuid(65534,65534,65534)\n"
      "s.listen(5); print('ready',flush=True)\n"
      "c,_=s.accept(); sys.exit(0 if not c.recv(10) else 1)\n";
  ASSERT_TRUE(write_file_atomically(root() / "impostor.py", impostor));
  const pid_t shell = sh_in_background("exec python3 '" + (root() / "impostor.py").native() +
                                       "' '" + socket.native() + "' > ready");
  ASSERT_TRUE(eventually([&] {
    const auto text = read_file(project() / "ready");
    return text && *text == "ready\n";
  }));
  const auto answer = activate::query_status(paths(), project_id(), std::chrono::seconds(10));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::forbidden);
  int status = 0;
  ASSERT_EQ(::waitpid(shell, &status, 0), shell);
  EXPECT_EQ(status, 0) << "it was sent something";
}

TEST_F(DaemonState, RootBySudoStartsNothingInAnotherUsersTree) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  ASSERT_EQ(::chown((project() / "fabrik.toml").c_str(), 65534, 65534), 0);
  const auto shell = sh("SUDO_UID=65534 \"$FABRIK\" activate --status --shell bash 2>&1");
  EXPECT_EQ(shell.status, 0);
  EXPECT_EQ(shell.out.find("export"), std::string::npos) << shell.out;
  EXPECT_EQ(std::ranges::count(shell.out, '\n'), 1) << "one line: " << shell.out;
  EXPECT_TRUE(processes().empty());
}

// --- trust ---------------------------------------------------------------------

TEST_F(DaemonState, TheWorkerIsRestrictedUntilTheFileIsTrusted) {
  EXPECT_FALSE(trusted_worker());
  const auto trusted = sh("\"$FABRIK\" trust");
  EXPECT_EQ(trusted.status, 0) << trusted.out;
  EXPECT_TRUE(trusted_worker()) << "applied to the running daemon";
  EXPECT_NE(sh("\"$FABRIK\" trust --list").out.find("project/fabrik.toml"), std::string::npos);
  EXPECT_EQ(sh("\"$FABRIK\" untrust").status, 0);
  EXPECT_FALSE(trusted_worker());
}

TEST_F(DaemonState, AnEditEndsTrust) {
  sh("\"$FABRIK\" trust");
  EXPECT_TRUE(trusted_worker());
  configure("# marker: edited\n");
  EXPECT_FALSE(trusted_worker());
}

TEST_F(DaemonState, ATreeFullOfProjectsDoesNotFillTheMachine) {
  up();
  const fs::path other = root() / "other/fabrik.toml";
  fs::create_directory(other.parent_path());
  ASSERT_TRUE(write_file_atomically(other, "", 0644));
  const auto start = [&](const Env& env) {
    return activate::ensure_daemon(*config::read_source(other), env, paths(),
                                   {.executable = fabrik(), .most_daemons = 1});
  };
  const auto refused = start(env());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_NE(refused.error().message.find("fabrik stop --all"), std::string::npos);
  EXPECT_TRUE(ensure()) << "who is there is not affected";
  Env::Map trusting = env().all();
  trusting["FABRIK_TRUST"] = "1";
  const auto started = start(Env(std::move(trusting)));
  EXPECT_TRUE(started) << started.error().message;
}

TEST_F(DaemonState, FabrikTrustInTheEnvironmentTrusts) {
  sh("FABRIK_TRUST=1 \"$FABRIK\" activate --status --shell bash >/dev/null");
  ASSERT_TRUE(status());
  EXPECT_TRUE(status()->trusted);
}

// --- clients that misbehave ----------------------------------------------------

TEST_F(DaemonState, AStuckClientBlocksNobody) {
  up();
  std::vector<testing::RawClient> stuck;
  for (int i = 0; i < 20; ++i) {
    stuck.push_back(testing::RawClient::unix_socket(paths().control_socket(project_id())));
    stuck.back().send("POST /v1/activate HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
  }
  EXPECT_TRUE(status());
}

TEST_F(DaemonState, NonsenseOnTheControlSocketIsRefused) {
  const auto daemon = up();
  const auto ask = [&](std::string_view bytes) {
    auto client = testing::RawClient::unix_socket(paths().control_socket(project_id()));
    client.send(bytes);
    const auto response = client.read_response();
    return response ? response->status : 0;
  };
  EXPECT_EQ(ask("nonsense\r\n\r\n"), 400);
  EXPECT_EQ(ask("GET /v1/nothing HTTP/1.1\r\n\r\n"), 404);
  EXPECT_EQ(ask("GET /v1/stop HTTP/1.1\r\n\r\n"), 404) << "no change of state on GET";
  EXPECT_EQ(ask("POST /v1/activate HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]"), 400);
  EXPECT_EQ(ask("POST /v1/activate HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"), 400);
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nA: " + std::string(20000, 'a') + "\r\n\r\n"), 400);
  EXPECT_EQ(status()->worker_pid, daemon.worker_pid);
}

TEST_F(DaemonState, AnotherProjectsConfigurationIsRefused) {
  up();
  activate::ActivateRequest request;
  request.source = {"/somewhere/else/fabrik.toml", "", false};
  const auto answer =
      activate::activate_daemon(paths(), project_id(), request, std::chrono::seconds(10));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::invalid_argument);
}

TEST_F(DaemonState, ASecondProjectHasItsOwnDaemon) {
  const auto first = up();
  const auto second =
      sh("mkdir ../other && echo '# marker: one' > ../other/fabrik.toml && "
         "cd ../other && eval \"$(\"$FABRIK\" activate --status --shell bash)\" && "
         "echo $FABRIK_HTTP_URL && \"$FABRIK\" stop >/dev/null");
  EXPECT_NE(second.out, "http://127.0.0.1:" + std::to_string(first.http_port) + "\n");
  EXPECT_TRUE(second.out.starts_with("http://127.0.0.1:")) << second.out;
  EXPECT_TRUE(status()) << "stopping one leaves the other";
}

}  // namespace
}  // namespace fabrik
