// Going on: crashes, edits, upgrades and idle times while somebody keeps asking.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "activate/control_client.hpp"
#include "activate/listeners.hpp"
#include "base/fs.hpp"
#include "statefs/daemon_dir.hpp"
#include "tests/support/daemon_fixture.hpp"
#include "tests/support/raw_http.hpp"

namespace fabrik {
namespace {

namespace fs = std::filesystem;
using testing::DaemonFixture;
using testing::eventually;

// Asks all the time, in a thread of its own.
class Traffic {
 public:
  explicit Traffic(std::uint16_t port) : thread_([this, port] { run(port); }) {}
  ~Traffic() { stop(); }
  void stop() {
    done_ = true;
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  // Waits until `more` further requests have been answered.
  bool progresses(unsigned more = 5) {
    const unsigned before = answered_;
    return eventually([&] { return answered_ >= before + more; });
  }
  unsigned refused() const { return refused_; }
  unsigned cut() const { return cut_; }

 private:
  void run(std::uint16_t port) {
    while (!done_) {
      try {
        (testing::fetch(port, "GET", "/x").status == 200 ? answered_ : cut_) += 1;
      } catch (const std::exception&) {
        ++refused_;
      }
    }
  }
  std::atomic<bool> done_{false};
  std::atomic<unsigned> answered_{0};
  std::atomic<unsigned> refused_{0};
  std::atomic<unsigned> cut_{0};
  std::thread thread_;
};

class DaemonSurvival : public ::testing::Test, protected DaemonFixture {
 protected:
  DaemonSurvival() : DaemonFixture(FAKE_WORKER) {}

  nlohmann::json ask(std::uint16_t port) {
    return nlohmann::json::parse(testing::fetch(port, "GET", "/").body, nullptr, false);
  }
  std::string marker(std::uint16_t port) { return ask(port).value("marker", "no answer"); }
};

TEST_F(DaemonSurvival, AKilledWorkerIsReplacedAndNobodyIsRefused) {
  const auto before = up();
  Traffic traffic(before.http_port);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(traffic.progresses());
    testing::send_signal(status()->worker_pid, SIGKILL);
    ASSERT_TRUE(traffic.progresses());
  }
  traffic.stop();
  EXPECT_EQ(traffic.refused(), 0U);
  EXPECT_LE(traffic.cut(), 3U) << "only what a dying worker had accepted";
  const auto after = up();
  EXPECT_EQ(after.supervisor_pid, before.supervisor_pid);
  EXPECT_EQ(after.http_port, before.http_port);
  EXPECT_NE(after.worker_pid, before.worker_pid);
  EXPECT_EQ(after.worker_restarts, 3U);
}

TEST_F(DaemonSurvival, ARequestThatKillsTheWorkerHurtsOnlyItself) {
  const auto daemon = up();
  EXPECT_EQ(testing::fetch(daemon.http_port, "GET", "/die").status, 0);
  EXPECT_EQ(testing::fetch(daemon.http_port, "GET", "/").status, 200);
}

TEST_F(DaemonSurvival, AKilledSupervisorIsReplacedBehindTheSamePort) {
  const auto before = up();
  testing::send_signal(before.supervisor_pid, SIGKILL);
  ASSERT_TRUE(eventually([&] { return !testing::is_alive(before.worker_pid); }))
      << "a worker does not outlive its supervisor";
  const auto after = up();
  EXPECT_NE(after.supervisor_pid, before.supervisor_pid);
  EXPECT_EQ(after.http_port, before.http_port);
  EXPECT_EQ(testing::fetch(after.http_port, "GET", "/").status, 200);
}

TEST_F(DaemonSurvival, StopAndStartKeepThePort) {
  const auto before = up();
  ASSERT_TRUE(*activate::stop_daemon(paths(), project_id(), std::chrono::seconds(30)));
  EXPECT_TRUE(processes().empty());
  const auto after = up();
  EXPECT_EQ(after.http_port, before.http_port);
}

TEST_F(DaemonSurvival, TheGrpcPortStaysThroughEditUpgradeAndRestart) {
  const auto before = up();
  ASSERT_NE(before.grpc_port, 0);
  EXPECT_NE(before.grpc_port, before.http_port);
  EXPECT_EQ(marker(before.grpc_port), "one") << "the worker accepts from it";
  configure("# marker: two\n");
  EXPECT_EQ(up().grpc_port, before.grpc_port);
  EXPECT_EQ(marker(before.grpc_port), "two");
  install_other_build();
  EXPECT_EQ(up().grpc_port, before.grpc_port);
  EXPECT_EQ(marker(before.grpc_port), "two") << "the socket went through the new image";
  ASSERT_TRUE(*activate::stop_daemon(paths(), project_id(), std::chrono::seconds(30)));
  const auto after = up();
  EXPECT_EQ(after.grpc_port, before.grpc_port);
  EXPECT_EQ(statefs::read_daemon_record(paths(), after.config_hash)->grpc_port, after.grpc_port);
}

TEST_F(DaemonSurvival, ATakenPortIsGivenUp) {
  const auto before = up();
  ASSERT_TRUE(*activate::stop_daemon(paths(), project_id(), std::chrono::seconds(30)));
  const auto thief = activate::listen_tcp(before.http_port);
  ASSERT_TRUE(thief) << thief.error().message;
  const auto after = up();
  EXPECT_NE(after.http_port, before.http_port);
  EXPECT_EQ(marker(after.http_port), "one");
}

TEST_F(DaemonSurvival, AnEditIsANewGenerationBehindTheSamePortAndPid) {
  const auto before = up();
  Traffic traffic(before.http_port);
  ASSERT_TRUE(traffic.progresses());
  configure("# marker: two\n");
  const auto after = up();
  ASSERT_TRUE(traffic.progresses());
  traffic.stop();
  EXPECT_EQ(traffic.refused() + traffic.cut(), 0U);
  EXPECT_EQ(after.supervisor_pid, before.supervisor_pid);
  EXPECT_EQ(after.http_port, before.http_port);
  EXPECT_NE(after.config_hash, before.config_hash);
  EXPECT_EQ(marker(after.http_port), "two");
  EXPECT_FALSE(fs::exists(before.state_dir)) << "the old generation's state is gone";
  EXPECT_EQ(statefs::read_daemon_record(paths(), after.config_hash)->pid, before.supervisor_pid);
}

TEST_F(DaemonSurvival, TheLogGoesOnAcrossGenerations) {
  up();
  configure("# marker: two\n");
  const auto after = up();
  const auto log = read_file(fs::path(after.state_dir) / "log/supervisor.log");
  ASSERT_TRUE(log);
  EXPECT_NE(log->find("worker is ready"), std::string::npos);
  EXPECT_NE(log->find("serving a new configuration"), std::string::npos);
}

TEST_F(DaemonSurvival, ManyShellsWithOneEditGetOneNewGeneration) {
  up();
  configure("# marker: two\n");
  std::vector<std::thread> shells;
  std::atomic<int> good{0};
  for (int i = 0; i < 10; ++i) {
    shells.emplace_back([&] { good += ensure().has_value() ? 1 : 0; });
  }
  for (auto& shell : shells) {
    shell.join();
  }
  EXPECT_EQ(good, 10);
  EXPECT_EQ(worker_starts(), 2U);
}

TEST_F(DaemonSurvival, ABrokenEditKeepsTheOldGeneration) {
  const auto before = up();
  configure("[cache]\nmax_sise = \"1GB\"\n");
  const auto broken = ensure();
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("max_sise"), std::string::npos) << broken.error().message;
  EXPECT_EQ(status()->worker_pid, before.worker_pid) << "not even restarted";
  EXPECT_EQ(marker(before.http_port), "one");
  configure("# marker: one\n");
  EXPECT_EQ(up().worker_pid, before.worker_pid);
}

TEST_F(DaemonSurvival, AnEditTheWorkerCannotServeIsRolledBack) {
  const auto before = up();
  configure("# fake: fail\n");
  const auto failed = ensure();
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("told to fail"), std::string::npos);
  ASSERT_TRUE(eventually([&] { return status()->worker_state == "running"; }));
  EXPECT_EQ(status()->config_hash, before.config_hash);
  EXPECT_EQ(marker(before.http_port), "one");
  EXPECT_FALSE(fs::exists(paths().daemon_dir(source().config_hash())));
  EXPECT_TRUE(fs::exists(fs::path(before.state_dir) / "log/supervisor.log"));
}

TEST_F(DaemonSurvival, AConfiguredPortReplacesTheStickyOne) {
  const auto before = up();
  // A port the kernel has just given out is most likely free again.
  const auto other = before.http_port == 65535 ? 65534 : before.http_port + 1;
  configure("# marker: two\n[daemon]\nhttp_port = " + std::to_string(other) + "\n");
  const auto after = ensure();
  if (!after) {
    EXPECT_EQ(after.error().code, Errc::conflict) << after.error().message;
    return;
  }
  EXPECT_EQ(after->http_port, other);
  EXPECT_EQ(marker(after->http_port), "two");
}

TEST_F(DaemonSurvival, AConfiguredGrpcPortReplacesTheStickyOne) {
  const auto before = up();
  const auto other = before.grpc_port == 65535 ? 65534 : before.grpc_port + 1;
  configure("# marker: two\n[daemon]\ngrpc_port = " + std::to_string(other) + "\n");
  const auto after = ensure();
  if (!after) {
    EXPECT_EQ(after.error().code, Errc::conflict) << after.error().message;
    return;
  }
  EXPECT_EQ(after->grpc_port, other);
  EXPECT_EQ(after->http_port, before.http_port);
  EXPECT_EQ(marker(after->grpc_port), "two");
}

TEST_F(DaemonSurvival, AnotherBuildTakesOverWithPidPortAndQueue) {
  const auto before = up();
  Traffic traffic(before.http_port);
  ASSERT_TRUE(traffic.progresses());
  install_other_build();
  const auto after = up();
  ASSERT_TRUE(traffic.progresses());
  traffic.stop();
  EXPECT_EQ(traffic.refused() + traffic.cut(), 0U);
  EXPECT_NE(after.build, before.build);
  EXPECT_EQ(after.supervisor_pid, before.supervisor_pid);
  EXPECT_EQ(after.http_port, before.http_port);
  EXPECT_EQ(after.started_unix_ms, before.started_unix_ms);
  const auto exe = fs::read_symlink("/proc/" + std::to_string(after.supervisor_pid) + "/exe");
  EXPECT_EQ(exe, fabrik()) << "not \"(deleted)\": the new file";
  EXPECT_EQ(processes().size(), 2U);
  // It still holds its lock and goes on supervising.
  testing::send_signal(after.worker_pid, SIGKILL);
  EXPECT_EQ(testing::fetch(after.http_port, "GET", "/").status, 200);
  EXPECT_EQ(sh("\"$FABRIK\" daemon 2>&1").status == 0, false);
}

TEST_F(DaemonSurvival, AnotherBuildAndAnEditTogether) {
  const auto before = up();
  install_other_build();
  configure("# marker: two\n");
  const auto after = up();
  EXPECT_EQ(after.supervisor_pid, before.supervisor_pid);
  EXPECT_NE(after.build, before.build);
  EXPECT_EQ(marker(after.http_port), "two");
}

TEST_F(DaemonSurvival, AnUnusableNewBuildLeavesTheOldOneRunning) {
  const auto before = up();
  const fs::path bad = root() / "bin/fabrik.new";
  std::ofstream(bad) << "not a program";
  fs::permissions(bad, fs::perms::owner_all);
  fs::copy_file(fabrik(), root() / "bin/keep");
  fs::rename(bad, fabrik());
  const auto during = ensure();
  ASSERT_TRUE(during) << during.error().message;
  EXPECT_EQ(during->supervisor_pid, before.supervisor_pid);
  EXPECT_EQ(testing::fetch(before.http_port, "GET", "/").status, 200);
  fs::rename(root() / "bin/keep", fabrik());
}

TEST_F(DaemonSurvival, AnIdleWorkerIsWokenByTheNextRequest) {
  configure("# fake: idle\n# marker: sleepy\n");
  const auto daemon = up();
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(marker(daemon.http_port), "sleepy");
    ASSERT_TRUE(eventually([&] { return status()->worker_state == "idle"; }));
    EXPECT_EQ(status()->worker_pid, 0);
  }
  EXPECT_EQ(worker_starts(), 3U);
  EXPECT_EQ(up().worker_state, "idle") << "activation does not wake it";
  EXPECT_EQ(status()->worker_restarts, 0U);
}

TEST_F(DaemonSurvival, AnIdleWorkerIsWokenThroughItsGrpcPort) {
  configure("# fake: idle\n# marker: sleepy\n");
  const auto daemon = up();
  EXPECT_EQ(marker(daemon.grpc_port), "sleepy");
  ASSERT_TRUE(eventually([&] { return status()->worker_state == "idle"; }));
  EXPECT_EQ(marker(daemon.grpc_port), "sleepy");
  EXPECT_EQ(worker_starts(), 2U);
}

TEST_F(DaemonSurvival, AnIdleWorkerIsWokenThroughItsAdminSocket) {
  configure("# fake: idle\n");
  const auto daemon = up();
  EXPECT_EQ(marker(daemon.http_port), "");
  ASSERT_TRUE(eventually([&] { return status()->worker_state == "idle"; }));
  const auto stats =
      activate::worker_get(paths(), project_id(), "/v1/stats", std::chrono::seconds(30));
  EXPECT_TRUE(stats) << stats.error().message;
}

TEST_F(DaemonSurvival, RestartGivesAFreshWorkerBehindThePort) {
  const auto before = up();
  Traffic traffic(before.http_port);
  ASSERT_TRUE(traffic.progresses());
  const auto after = activate::restart_daemon(paths(), project_id(), std::chrono::seconds(30));
  ASSERT_TRUE(after) << after.error().message;
  ASSERT_TRUE(traffic.progresses());
  traffic.stop();
  EXPECT_EQ(traffic.refused() + traffic.cut(), 0U);
  EXPECT_NE(after->worker_pid, before.worker_pid);
  EXPECT_EQ(after->supervisor_pid, before.supervisor_pid);
}

// FABRIK_SOAK_SHELLS at once, FABRIK_SOAK_ROUNDS times: tests/soak/daemon_manager.sh.
TEST_F(DaemonSurvival, RoundsOfRandomKillsEndWithOneDaemonBehindOnePort) {
  const int rounds = testing::scale("FABRIK_SOAK_ROUNDS", 6);
  const int shells = testing::scale("FABRIK_SOAK_SHELLS", 8);
  std::mt19937 random(20261120);
  configure("# fake: slow\n# marker: one\n");
  const auto first = up();
  for (int round = 0; round < rounds; ++round) {
    std::vector<pid_t> clients;
    for (int i = 0; i < shells; ++i) {
      const pid_t pid = ::fork();
      if (pid == 0) {
        const auto daemon = ensure();  // it may fail: daemons are being killed
        ::_exit(daemon && daemon->http_port != first.http_port ? 1 : 0);
      }
      clients.push_back(pid);
    }
    for (const pid_t pid : processes()) {
      if (random() % 2 == 0) {
        testing::send_signal(pid, SIGKILL);
      }
    }
    testing::send_signal(clients[random() % clients.size()], SIGKILL);
    for (const pid_t pid : clients) {
      int status = 0;
      ASSERT_EQ(::waitpid(pid, &status, 0), pid);
      EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << "another URL was given out";
    }
    const auto now = sh("\"$FABRIK\" restart --json");
    ASSERT_EQ(now.status, 0) << "round " << round;
    ASSERT_TRUE(eventually([&] { return processes().size() == 2; })) << "round " << round;
    EXPECT_EQ(status()->http_port, first.http_port) << "round " << round;
    EXPECT_EQ(testing::fetch(first.http_port, "GET", "/").status, 200);
  }
}

}  // namespace
}  // namespace fabrik
