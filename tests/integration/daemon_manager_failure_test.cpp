// Workers that fail, hang or start slowly, and what their callers are told.
#include <gtest/gtest.h>

#include "activate/ensure_daemon.hpp"
#include "activate/services.hpp"
#include "base/fs.hpp"
#include "tests/support/daemon_fixture.hpp"

namespace fabrik {
namespace {

namespace fs = std::filesystem;
using testing::DaemonFixture;
using testing::eventually;

class DaemonFailure : public ::testing::Test, protected DaemonFixture {
 protected:
  DaemonFailure() : DaemonFixture(FAKE_WORKER) {}
};

TEST_F(DaemonFailure, AWorkerThatFailsToStartIsReportedInItsOwnWords) {
  configure("# fake: fail\n");
  const auto daemon = ensure();
  ASSERT_FALSE(daemon);
  EXPECT_EQ(daemon.error().code, Errc::io);
  EXPECT_NE(daemon.error().message.find("told to fail"), std::string::npos);
  EXPECT_TRUE(eventually([&] { return processes().empty(); }));
  EXPECT_FALSE(fs::exists(paths().daemon_dir(source().config_hash()) / "pid"));
}

TEST_F(DaemonFailure, AWorkerThatEndsEarlyIsQuoted) {
  configure("# fake: vanish\n");
  const auto daemon = ensure();
  ASSERT_FALSE(daemon);
  EXPECT_NE(daemon.error().message.find("status 3"), std::string::npos) << daemon.error().message;
  EXPECT_NE(daemon.error().message.find("these are my last words"), std::string::npos);
}

TEST_F(DaemonFailure, AWorkerThatCrashesEarlyIsReported) {
  configure("# fake: die\n");
  const auto daemon = ensure();
  ASSERT_FALSE(daemon);
  EXPECT_NE(daemon.error().message.find("signal 9"), std::string::npos) << daemon.error().message;
}

TEST_F(DaemonFailure, AfterAFailureTheNextCallersFailAtOnce) {
  configure("# fake: fail\n");
  ASSERT_FALSE(ensure());
  EXPECT_EQ(worker_starts(), 1U);
  // Failures lengthen the pause; after the third it outlasts any test.
  ASSERT_TRUE(eventually([&] {
    EXPECT_FALSE(ensure());
    return worker_starts() == 3;
  }));
  const auto blocked = ensure();
  ASSERT_FALSE(blocked);
  EXPECT_EQ(blocked.error().code, Errc::unavailable);
  EXPECT_NE(blocked.error().message.find("tried again in"), std::string::npos);
  EXPECT_EQ(worker_starts(), 3U) << "nothing was started";
  configure("# marker: repaired\n");
  EXPECT_TRUE(ensure()) << "an edit is tried at once";
}

TEST_F(DaemonFailure, AHangingWorkerCostsTheDeadlineAndNoMore) {
  configure("# fake: hang\n");
  const auto daemon = ensure(std::chrono::milliseconds(300));
  ASSERT_FALSE(daemon);
  EXPECT_EQ(daemon.error().code, Errc::timeout) << daemon.error().message;
  EXPECT_EQ(status()->worker_state, "starting") << "it goes on in the background";
  EXPECT_EQ(worker_starts(), 1U);
}

TEST_F(DaemonFailure, APromptHasThePortsOfAWorkerThatStartsSlowly) {
  configure("# fake: hang\n");
  const auto services = activate::services_for(env(), fabrik(), std::chrono::milliseconds(300));
  const auto first = services.ensure(source());
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->is_starting());
  EXPECT_NE(first->http_port, 0);
  const auto again = services.ensure(source());
  ASSERT_TRUE(again) << "during the pause that the deadline began: " << again.error().message;
  EXPECT_EQ(again->http_port, first->http_port);
  EXPECT_EQ(worker_starts(), 1U);
}

TEST_F(DaemonFailure, AStoppedSupervisorCostsTheDeadlineOnceAndThenNothing) {
  const auto daemon = up();
  testing::send_signal(daemon.supervisor_pid, SIGSTOP);
  const auto hung = ensure(std::chrono::milliseconds(300));
  const auto blocked = ensure();
  testing::send_signal(daemon.supervisor_pid, SIGCONT);
  ASSERT_FALSE(hung);
  EXPECT_EQ(hung.error().code, Errc::timeout);
  ASSERT_FALSE(blocked);
  EXPECT_EQ(blocked.error().code, Errc::unavailable);
  EXPECT_TRUE(eventually([&] { return ensure().has_value(); })) << "and heals when it goes on";
  EXPECT_EQ(up().supervisor_pid, daemon.supervisor_pid);
}

TEST_F(DaemonFailure, AWorkerThatKeepsFailingEndsTheDaemon) {
  const auto daemon = up();
  // From now on every start fails: the program is gone.
  fs::rename(root() / "bin/fabrikd", root() / "bin/gone");
  testing::send_signal(daemon.worker_pid, SIGKILL);
  ASSERT_TRUE(eventually([&] {
    const auto now = status();
    return !now || now->worker_state == "failed";
  }));
  EXPECT_TRUE(eventually([&] { return !testing::is_alive(daemon.supervisor_pid); }));
  EXPECT_FALSE(fs::exists(fs::path(daemon.state_dir) / "pid"));
  const auto log = read_file(fs::path(daemon.state_dir) / "log/supervisor.log");
  EXPECT_NE(log->find("keeps failing"), std::string::npos);
  fs::rename(root() / "bin/gone", root() / "bin/fabrikd");
  EXPECT_EQ(up().http_port, daemon.http_port);
}

}  // namespace
}  // namespace fabrik
