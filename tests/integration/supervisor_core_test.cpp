// The supervisor's decisions with a clock that the test moves.
#include "activate/supervisor_core.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "activate/status_json.hpp"
#include "base/fs.hpp"
#include "base/listen.hpp"
#include "statefs/run_dir.hpp"
#include "tests/support/daemon_fixture.hpp"
#include "tests/support/fake_clock.hpp"

namespace fabrik::activate {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

class FakeHost final : public SupervisorHost {
 public:
  Log& log() override { return *log_; }
  void reopen_log(const SupervisorParts&) override {}
  void report_start(const std::string& json) override { reported = json; }
  Error replace_image(const SupervisorParts&, const fs::path&,
                      const std::vector<ControlCall>&) override {
    return {Errc::io, "not in a test"};
  }
  std::string reported;

 private:
  std::unique_ptr<Log> log_ = null_log();
};

class SupervisorCoreTest : public ::testing::Test, protected fabrik::testing::DaemonFixture {
 protected:
  SupervisorCoreTest() : DaemonFixture(FAKE_WORKER) {}

  void make(std::chrono::milliseconds conflict_patience = {}) {
    const std::string id = project_id();
    ASSERT_TRUE(statefs::prepare_run_dir(paths(), id));
    auto generation = prepare_generation(source(), false, env(), paths());
    ASSERT_TRUE(generation) << generation.error().message;
    Listeners listeners;
    auto http = listen_tcp(0);
    listeners.http_port = http->port;
    listeners.http = std::move(http->fd);
    auto grpc = listen_tcp(0);
    listeners.grpc_port = grpc->port;
    listeners.grpc = std::move(grpc->fd);
    listeners.admin = *listen_on_unix(paths().worker_socket(id));
    listeners.control = *listen_on_unix(paths().control_socket(id));
    core_.emplace(
        SupervisorParts{.paths = paths(),
                        .env = env(),
                        .executable = fabrik(),
                        .worker = root() / "bin/fabrikd",
                        .build = "build",
                        .project_id = id,
                        .lock = *statefs::Lock::acquire(paths().daemon_lock(id), seconds(0)),
                        .listeners = std::move(listeners),
                        .generation = *std::move(generation),
                        .conflict_patience = conflict_patience},
        host_, server_, clock_);
    core_->start();
  }

  // Feeds events until the condition holds.
  bool until(const std::function<bool()>& condition) {
    return fabrik::testing::eventually([&] {
      pollfd ready{core_->worker_ready_fd(), POLLIN, 0};
      if (ready.fd >= 0 && ::poll(&ready, 1, 0) > 0) {
        core_->worker_spoke();
      }
      core_->child_ended();
      return condition();
    });
  }
  bool runs() {
    return until([&] { return core_->status().worker_state == "running"; });
  }
  void later(std::chrono::milliseconds by) {
    clock_.advance(by);
    core_->tick();
  }

  FakeHost host_;
  fabrik::testing::FakeClock clock_;
  ControlServer server_{clock_};
  std::optional<SupervisorCore> core_;
};

TEST_F(SupervisorCoreTest, ReportsItsStart) {
  make();
  ASSERT_TRUE(runs());
  const auto reported = parse_status(host_.reported);
  ASSERT_TRUE(reported) << host_.reported;
  EXPECT_EQ(reported->worker_state, "running");
  EXPECT_TRUE(core_->settled());
}

TEST_F(SupervisorCoreTest, KillsAWorkerThatIsNeverReady) {
  configure("# fake: hang\n");
  make();
  EXPECT_EQ(core_->status().worker_state, "starting");
  later(seconds(59));
  EXPECT_EQ(core_->status().worker_state, "starting");
  later(seconds(2));
  ASSERT_TRUE(until([&] { return core_->finished(); }));
  EXPECT_EQ(parse_error(host_.reported)->code, Errc::timeout) << host_.reported;
}

TEST_F(SupervisorCoreTest, KillsAWorkerThatDoesNotStop) {
  make();
  ASSERT_TRUE(runs());
  fabrik::testing::send_signal(core_->status().worker_pid, SIGSTOP);
  core_->stop();
  core_->child_ended();
  EXPECT_FALSE(core_->finished()) << "it may drain first";
  later(seconds(11));
  EXPECT_TRUE(until([&] { return core_->finished(); }));
  EXPECT_EQ(core_->exit_status(), 0);
}

TEST_F(SupervisorCoreTest, MakesItsStateAgainWhenSomebodyTidiedUp) {
  make();
  ASSERT_TRUE(runs());
  const auto dir = fs::path(core_->status().state_dir);
  fs::remove_all(paths().state);
  later(seconds(30));
  EXPECT_TRUE(fs::exists(dir / "pid"));
  EXPECT_TRUE(fs::exists(dir / "config.toml"));
  EXPECT_TRUE(fs::exists(paths().project_record(project_id())));
  EXPECT_EQ(core_->status().worker_state, "running");
}

TEST_F(SupervisorCoreTest, MakesItsSocketsAgainWhenSomebodyTidiedUp) {
  make();
  ASSERT_TRUE(runs());
  fs::remove_all(paths().run_dir(project_id()));
  later(seconds(30));
  EXPECT_TRUE(fs::is_socket(paths().control_socket(project_id())));
  EXPECT_TRUE(fs::is_socket(paths().worker_socket(project_id())));
  EXPECT_FALSE(statefs::Lock::acquire(paths().daemon_lock(project_id()), seconds(0)))
      << "and locks anew";
  EXPECT_TRUE(runs()) << "with a worker that has the new socket";
}

TEST_F(SupervisorCoreTest, GoesWhenItsRuntimeDirectoryCannotBeMade) {
  make();
  ASSERT_TRUE(runs());
  fs::remove_all(paths().runtime);
  std::ofstream(paths().runtime) << "a file in its place";
  later(seconds(30));
  EXPECT_TRUE(until([&] { return core_->finished(); }));
}

TEST_F(SupervisorCoreTest, LeavesTheStateToASuccessor) {
  make();
  ASSERT_TRUE(runs());
  const auto dir = fs::path(core_->status().state_dir);
  fs::remove_all(paths().run_dir(project_id()));
  ASSERT_TRUE(statefs::prepare_run_dir(paths(), project_id()));
  const auto successor = statefs::Lock::acquire(paths().daemon_lock(project_id()), seconds(0));
  ASSERT_TRUE(successor);
  later(seconds(30));
  EXPECT_TRUE(until([&] { return core_->finished(); }));
  EXPECT_TRUE(fs::exists(dir / "pid")) << "it is the successor's by now";
}

TEST_F(SupervisorCoreTest, BearsWithAPredecessorThatStillHasTheStore) {
  configure("# fake: conflict once\n");
  make(seconds(3));
  ASSERT_TRUE(until([&] {
    return core_->next_deadline() && worker_starts() == 1 && core_->status().worker_pid == 0;
  }));
  EXPECT_FALSE(core_->finished());
  later(std::chrono::milliseconds(50));
  EXPECT_TRUE(runs());
  EXPECT_EQ(core_->status().worker_restarts, 0U);
}

TEST_F(SupervisorCoreTest, DoesNotWaitForAStoreThatAStrangerHas) {
  configure("# fake: conflict once\n");
  make();
  ASSERT_TRUE(until([&] { return core_->finished(); }));
  EXPECT_EQ(parse_error(host_.reported)->code, Errc::conflict);
}

}  // namespace
}  // namespace fabrik::activate
