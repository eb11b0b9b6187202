// The whole chain: `fabrik`, its supervisor and the real worker with its store.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <random>
#include <thread>

#include "activate/control_client.hpp"
#include "base/fs.hpp"
#include "tests/support/daemon_fixture.hpp"
#include "tests/support/raw_http.hpp"

namespace fabrik {
namespace {

namespace fs = std::filesystem;
using testing::DaemonFixture;
using testing::eventually;
using testing::fetch;

constexpr const char* kKey = "/cache/0123456789abcdef0123456789abcdef";

class RealDaemon : public ::testing::Test, protected DaemonFixture {
 protected:
  RealDaemon() : DaemonFixture(REAL_WORKER) {}

  void put(std::uint16_t port, std::string_view value) {
    const auto response = fetch(port, "PUT", kKey, value);
    EXPECT_EQ(response.status / 100, 2) << response.body;
  }
  std::string get(std::uint16_t port) {
    const auto response = fetch(port, "GET", kKey);
    return response.status == 200 ? response.body : "status " + std::to_string(response.status);
  }
};

TEST_F(RealDaemon, ServesWhatItWasGiven) {
  const auto daemon = up();
  EXPECT_EQ(daemon.last_error, "");
  put(daemon.http_port, "value");
  EXPECT_EQ(get(daemon.http_port), "value");
  EXPECT_EQ(fs::path(daemon.cache_dir), paths().default_cache_dir(project_id()));
}

TEST_F(RealDaemon, KeepsItsContentOverAKilledWorker) {
  const auto daemon = up();
  put(daemon.http_port, "value");
  testing::send_signal(daemon.worker_pid, SIGKILL);
  ASSERT_TRUE(eventually([&] { return status()->worker_restarts == 1; }));
  EXPECT_EQ(get(daemon.http_port), "value");
  EXPECT_TRUE(eventually([&] { return status()->last_error.empty(); }));
}

TEST_F(RealDaemon, KeepsItsContentOverAKilledSupervisor) {
  const auto before = up();
  put(before.http_port, "value");
  testing::send_signal(before.supervisor_pid, SIGKILL);
  const auto after = up();
  EXPECT_EQ(after.http_port, before.http_port);
  EXPECT_EQ(after.last_error, "") << "the store was free in time";
  EXPECT_EQ(get(after.http_port), "value");
}

TEST_F(RealDaemon, KeepsItsContentOverAnEdit) {
  const auto before = up();
  put(before.http_port, "value");
  configure("[cache]\nmax_size = \"1GB\"\n");
  const auto after = up();
  EXPECT_NE(after.config_hash, before.config_hash);
  EXPECT_EQ(after.cache_dir, before.cache_dir);
  EXPECT_EQ(after.http_port, before.http_port);
  EXPECT_EQ(get(after.http_port), "value");
}

TEST_F(RealDaemon, TakesTheCacheDirectoryFromTheProject) {
  configure("[cache]\ndir = \".cache/builds\"\n");
  const auto daemon = up();
  EXPECT_EQ(fs::path(daemon.cache_dir), source().root() / ".cache/builds");
  put(daemon.http_port, "value");
  EXPECT_TRUE(fs::exists(project() / ".cache/builds"));
}

// At least FABRIK_SOAK_SECONDS long: tests/soak/daemon_manager.sh.
TEST_F(RealDaemon, LosesNoRequestWhileGenerationsAndBuildsChange) {
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::seconds(testing::scale("FABRIK_SOAK_SECONDS", 0));
  const auto daemon = up();
  put(daemon.http_port, "value");
  std::atomic<bool> done{false};
  std::atomic<unsigned> answered{0};
  std::atomic<unsigned> failed{0};
  std::thread traffic([&] {
    while (!done) {
      try {
        const bool good = fetch(daemon.http_port, "GET", kKey).body == "value" &&
                          fetch(daemon.http_port, "PUT", kKey, "value").status / 100 == 2;
        (good ? answered : failed) += 1;
      } catch (const std::exception&) {
        ++failed;
      }
    }
  });
  for (int round = 0; round < 3 || std::chrono::steady_clock::now() < end; ++round) {
    configure("[cache]\nmax_size = \"" + std::to_string(round + 1) + "GB\"\n");
    EXPECT_TRUE(ensure());
    install_other_build(round % 2 == 0 ? "fabrik" : "fabrikd");
    EXPECT_TRUE(ensure());
    const unsigned before = answered;
    EXPECT_TRUE(eventually([&] { return answered > before + 3; }));
  }
  done = true;
  traffic.join();
  EXPECT_EQ(failed, 0U) << "of " << answered;
  EXPECT_EQ(status()->supervisor_pid, daemon.supervisor_pid);
}

TEST_F(RealDaemon, GoesIdleAndIsWokenByTheNextRequest) {
  configure("[daemon]\nidle_timeout = \"200ms\"\n");
  const auto daemon = up();
  put(daemon.http_port, "value");
  ASSERT_TRUE(eventually([&] { return status()->worker_state == "idle"; }));
  EXPECT_EQ(get(daemon.http_port), "value");
}

TEST_F(RealDaemon, LosesNoRequestThatComesJustWhenItGoesIdle) {
  configure("[daemon]\nidle_timeout = \"60ms\"\n");
  const auto daemon = up();
  put(daemon.http_port, "value");
  std::mt19937 random(20261120);
  for (int round = 0; round < testing::scale("FABRIK_SOAK_ROUNDS", 25); ++round) {
    // Around the moment at which the worker decides to leave.
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 40));
    ASSERT_EQ(get(daemon.http_port), "value") << "round " << round;
  }
  EXPECT_EQ(status()->worker_restarts, 0U) << "going idle is no crash";
}

TEST_F(RealDaemon, GivesItsClientsATokenInTokenMode) {
  configure("[daemon]\naccess = \"token\"\n");
  const auto daemon = up();
  ASSERT_EQ(daemon.access_token.size(), 32U);
  const std::string header = "Authorization: Bearer " + daemon.access_token + "\r\n";
  EXPECT_EQ(fetch(daemon.http_port, "PUT", kKey, "value").status, 401);
  EXPECT_EQ(fetch(daemon.http_port, "PUT", kKey, "value", header).status, 200);
  const auto shell = sh("\"$FABRIK\" activate --status --shell bash");
  EXPECT_NE(shell.out.find("FABRIK_TOKEN='" + daemon.access_token + "'"), std::string::npos);
  EXPECT_EQ(sh("\"$FABRIK\" health").status, 0) << "health has the token, too";
  for (const char* command : {"status", "status --json", "doctor", "exec -v -- true", "logs"}) {
    EXPECT_EQ(sh("\"$FABRIK\" " + std::string(command) + " 2>&1").out.find(daemon.access_token),
              std::string::npos)
        << command << " shows the secret";
  }
  testing::send_signal(daemon.supervisor_pid, SIGKILL);
  EXPECT_EQ(up().access_token, daemon.access_token) << "what shells have stays right";
  configure("# marker: open again\n");
  EXPECT_EQ(up().access_token, "");
  EXPECT_EQ(get(daemon.http_port), "value");
}

TEST_F(RealDaemon, AnswersOnItsAdminSocket) {
  up();
  const auto stats =
      activate::worker_get(paths(), project_id(), "/v1/stats", std::chrono::seconds(30));
  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_TRUE(stats->starts_with("{")) << *stats;
}

TEST_F(RealDaemon, StopsCleanlyAndStartsAgain) {
  const auto before = up();
  put(before.http_port, "value");
  ASSERT_TRUE(*activate::stop_daemon(paths(), project_id(), std::chrono::seconds(60)));
  EXPECT_TRUE(processes().empty());
  EXPECT_EQ(get(up().http_port), "value");
}

}  // namespace
}  // namespace fabrik
