// A real fabrikd: its life from the ready line to the last flush.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <thread>

#include "tests/support/daemon_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::testing {
namespace {

constexpr const char* kKey = "/cache/0123456789abcdef0123456789abcdef";

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Counts and log lines follow the answer that they are about.
std::string once_it_has(const std::function<std::string()>& text, std::string_view part) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::string now = text();
  while (!contains(now, part) && std::chrono::steady_clock::now() < patience) {
    std::this_thread::yield();
    now = text();
  }
  return now;
}

std::uint64_t uptime_ms(const DaemonProcess& worker) {
  const std::string stats = worker.admin("GET", "/v1/stats").body;
  const std::string_view name = "\"uptime_ms\":";
  const std::size_t at = stats.find(name);
  return at == std::string::npos ? 0 : std::stoull(stats.substr(at + name.size()));
}

struct Fixture {
  TempDir dir;
  WorkerHome home{dir.path()};
};

TEST(Worker, SaysThatItIsReady) {
  const Fixture fixture;
  DaemonProcess worker(fixture.home);
  EXPECT_EQ(worker.ready_line(),
            "{\"ready\":true,\"cache_dir\":\"" + (fixture.dir / "cache").string() + "\"}\n");
  EXPECT_EQ(fetch(fixture.home.port(), "GET", "/health").body, "{\"status\":\"ok\"}\n");
  EXPECT_EQ(fetch(fixture.home.port(), "GET", "/status").status, 200);
}

TEST(Worker, ServesAfterARestartWhatItStoredBefore) {
  const Fixture fixture;
  for (const bool clean : {true, false}) {
    DaemonProcess worker(fixture.home);
    const std::string body = clean ? "stored, then stopped" : "stored, then killed";
    EXPECT_EQ(fetch(fixture.home.port(), "PUT", kKey, body).status, 200);
    clean ? worker.terminate() : worker.kill();
    EXPECT_EQ(worker.wait(), clean ? 0 : 137);
    DaemonProcess next(fixture.home);
    EXPECT_EQ(fetch(fixture.home.port(), "GET", kKey).body, body);
    next.terminate();
    EXPECT_EQ(next.wait(), 0);
  }
}

TEST(Worker, TellsItsMetricsAndWhatItHolds) {
  const Fixture fixture;
  const DaemonProcess worker(fixture.home);
  const auto port = fixture.home.port();
  EXPECT_EQ(fetch(port, "GET", kKey).status, 404);
  EXPECT_EQ(fetch(port, "PUT", kKey, "an artefact").status, 200);
  EXPECT_EQ(fetch(port, "GET", kKey).body, "an artefact");
  constexpr std::string_view kAll =
      "fabrik_tool_request_duration_seconds_count{tool=\"gradle\"} 3\n";
  const auto metrics = once_it_has([port] { return fetch(port, "GET", "/metrics").body; }, kAll);
  EXPECT_TRUE(contains(metrics, kAll)) << metrics;
  EXPECT_TRUE(contains(metrics, "fabrik_cache_hits_total 1\n")) << metrics;
  EXPECT_TRUE(contains(metrics, "fabrik_cache_misses_total 1\n"));
  EXPECT_TRUE(contains(metrics, "fabrik_cache_objects 1\n"));
  EXPECT_TRUE(contains(metrics, "fabrik_bandwidth_bytes_total{direction=\"download\"} 11\n"));
  const auto list = fetch(port, "GET", "/api/v1/artifacts?query=gradle");
  EXPECT_EQ(list.status, 200);
  EXPECT_TRUE(contains(list.body, "\"key\":\"0123456789abcdef0123456789abcdef\"")) << list.body;
  EXPECT_TRUE(
      contains(fetch(port, "GET", "/api/v1/stats").body, "\"size_by_type\":{\"gradle\":11}"));
}

TEST(Worker, LogsRequestsWithTheirTraceWhenAskedTo) {
  const Fixture fixture;
  const DaemonProcess worker(fixture.home, {.config = "[observability]\nlog_level = \"debug\"\n"});
  fetch(fixture.home.port(), "GET", kKey, std::nullopt,
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
        "Authorization: Bearer a-secret\r\n");
  constexpr std::string_view kTrace = "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"";
  const std::string log = once_it_has([&worker] { return worker.log(); }, kTrace);
  EXPECT_TRUE(contains(log, kTrace)) << log;
  EXPECT_FALSE(contains(log, "a-secret"));
}

TEST(Worker, LeavesWhenIdleAndTheNextOneServesTheSameSocket) {
  const Fixture fixture;
  const WorkerOptions options{.config = "[daemon]\nidle_timeout = \"500ms\"\n"};
  DaemonProcess first(fixture.home, options);
  ASSERT_TRUE(first.ready()) << first.ready_line();
  EXPECT_EQ(fetch(fixture.home.port(), "PUT", kKey, "kept").status, 200);
  RawClient idle = RawClient::tcp(fixture.home.port());  // must not hold it back
  idle.send(request_text(fixture.home.port(), "GET", "/health"));
  EXPECT_TRUE(idle.read_response());
  EXPECT_EQ(first.wait(), 0);
  EXPECT_TRUE(idle.sees_end());

  RawClient early = RawClient::tcp(fixture.home.port());
  early.send(request_text(fixture.home.port(), "GET", kKey));
  DaemonProcess second(fixture.home, options);
  const auto response = early.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "kept");
}

TEST(Worker, DoesNotLeaveDuringAnUpload) {
  const Fixture fixture;
  DaemonProcess worker(fixture.home, {.config = "[daemon]\nidle_timeout = \"200ms\"\n"});
  RawClient client = RawClient::tcp(fixture.home.port());
  client.send(request_text(fixture.home.port(), "PUT", kKey, "Content-Length: 4\r\n") + "ab");
  // Looking at it does not count as a request.
  while (uptime_ms(worker) < 1000) {
    ASSERT_TRUE(worker.running());
  }
  client.send("cd");
  EXPECT_EQ(client.read_response()->status, 200);
  EXPECT_EQ(worker.wait(), 0);
}

TEST(Worker, FinishesAnUploadBeforeItStops) {
  const Fixture fixture;
  const WorkerOptions options{.config = "[runtime]\ngraceful_shutdown_timeout = \"60s\"\n"};
  DaemonProcess worker(fixture.home, options);
  RawClient client = RawClient::tcp(fixture.home.port());
  client.send(request_text(fixture.home.port(), "PUT", kKey, "Content-Length: 8\r\n") + "half");
  while (!contains(worker.admin("GET", "/v1/stats").body, "\"in_flight\":2")) {
    ASSERT_TRUE(worker.running());
  }
  worker.terminate();
  client.send("done");
  const auto response = client.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(worker.wait(), 0);
  DaemonProcess next(fixture.home, options);
  EXPECT_EQ(fetch(fixture.home.port(), "GET", kKey).body, "halfdone");
}

TEST(Worker, CutsWhatDoesNotFinishInTime) {
  const Fixture fixture;
  DaemonProcess worker(fixture.home,
                       {.config = "[runtime]\ngraceful_shutdown_timeout = \"100ms\"\n"});
  RawClient client = RawClient::tcp(fixture.home.port());
  client.send(request_text(fixture.home.port(), "PUT", kKey, "Content-Length: 8\r\n") + "half");
  while (!contains(worker.admin("GET", "/v1/stats").body, "\"in_flight\":2")) {
    ASSERT_TRUE(worker.running());
  }
  worker.terminate();
  EXPECT_EQ(worker.wait(), 0);
  EXPECT_TRUE(client.sees_end());
}

TEST(Worker, ASecondSignalEndsItAtOnce) {
  const Fixture fixture;
  DaemonProcess worker(fixture.home, {.config = "[runtime]\ngraceful_shutdown_timeout = \"1h\"\n"});
  RawClient client = RawClient::tcp(fixture.home.port());
  client.send(request_text(fixture.home.port(), "PUT", kKey, "Content-Length: 8\r\n") + "half");
  while (!contains(worker.admin("GET", "/v1/stats").body, "\"in_flight\":2")) {
    ASSERT_TRUE(worker.running());
  }
  worker.terminate();
  while (!contains(worker.log(), "\"stopping\"")) {
    ASSERT_TRUE(worker.running());
  }
  worker.terminate();
  EXPECT_EQ(worker.wait(), 128 + SIGTERM);
}

TEST(Worker, NamesTheOtherOwnerOfItsStore) {
  const Fixture fixture;
  const TempDir second_dir;
  const WorkerHome second_home(second_dir.path());
  DaemonProcess owner(fixture.home);
  ASSERT_TRUE(owner.ready());
  DaemonProcess late(second_home, {.cache_dir = fixture.dir / "cache"});
  EXPECT_FALSE(late.ready());
  EXPECT_TRUE(contains(late.ready_line(), "\"code\":\"conflict\"")) << late.ready_line();
  EXPECT_TRUE(contains(late.ready_line(), std::to_string(owner.pid()))) << late.ready_line();
  EXPECT_NE(late.wait(), 0);
}

TEST(Worker, ServesMissesWithoutAStoreUntilItCanBeOpened) {
  const Fixture fixture;
  std::fclose(std::fopen((fixture.dir / "file").c_str(), "w"));
  DaemonProcess worker(fixture.home, {.cache_dir = fixture.dir / "file/cache"});
  ASSERT_TRUE(worker.ready()) << worker.ready_line();
  EXPECT_TRUE(contains(worker.ready_line(), "\"degraded\":"));
  EXPECT_EQ(fetch(fixture.home.port(), "PUT", kKey, "dropped").status, 200);
  EXPECT_EQ(fetch(fixture.home.port(), "GET", kKey).status, 404);
  EXPECT_TRUE(contains(fetch(fixture.home.port(), "GET", "/health").body, "degraded"));
  EXPECT_TRUE(contains(worker.admin("GET", "/v1/health").body, "\"status\":\"degraded\""));
  EXPECT_TRUE(contains(worker.admin("GET", "/v1/stats").body, "\"dropped\":1"));
  EXPECT_TRUE(contains(worker.admin("GET", "/v1/stats").body, "file/cache"));
  EXPECT_TRUE(contains(worker.log(), "writes are dropped"));
  std::remove((fixture.dir / "file").c_str());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!contains(fetch(fixture.home.port(), "GET", "/health").body, "\"ok\"")) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "must heal by itself";
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(fetch(fixture.home.port(), "PUT", kKey, "kept").status, 200);
  EXPECT_EQ(fetch(fixture.home.port(), "GET", kKey).body, "kept");
}

TEST(Worker, RefusesABrokenConfiguration) {
  const Fixture fixture;
  DaemonProcess worker(fixture.home, {.config = "[cache]\nmax_sice = \"1GB\"\n"});
  EXPECT_FALSE(worker.ready());
  EXPECT_TRUE(contains(worker.ready_line(), "max_size")) << worker.ready_line();
  EXPECT_NE(worker.wait(), 0);
}

TEST(Worker, EndsWhenNobodyWaitsForItsReadyLine) {
  const Fixture fixture;
  DaemonProcess worker(fixture.home, {.ready_pipe_is_closed = true});
  EXPECT_NE(worker.wait(), -1);
}

// Its supervisor is killed: no worker may stay behind.
TEST(Worker, EndsWithItsParent) {
  const Fixture fixture;
  int out[2];
  ASSERT_EQ(::pipe(out), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    DaemonProcess worker(fixture.home);
    const pid_t pid = worker.pid();
    if (::write(out[1], &pid, sizeof pid) != sizeof pid) {
      ::_exit(1);
    }
    ::pause();
  }
  ::close(out[1]);
  pid_t worker = 0;
  ASSERT_EQ(::read(out[0], &worker, sizeof worker), static_cast<ssize_t>(sizeof worker));
  ::close(out[0]);
  EXPECT_EQ(fetch(fixture.home.port(), "GET", "/health").status, 200);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  // Not our child: it is gone when its store can be opened again.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  bool free = false;
  while (!free && std::chrono::steady_clock::now() < end) {
    DaemonProcess next(fixture.home);
    free = next.ready();
  }
  EXPECT_TRUE(free);
}

TEST(Worker, AnswersQuestionsOnItsOwnSocketOnly) {
  const Fixture fixture;
  DaemonProcess worker(fixture.home);
  EXPECT_EQ(fetch(fixture.home.port(), "PUT", kKey, "12345").status, 200);
  EXPECT_EQ(fetch(fixture.home.port(), "GET", kKey).status, 200);
  EXPECT_EQ(fetch(fixture.home.port(), "GET", "/cache/ffffffffffffffffffffffffffffffff").status,
            404);
  const std::string stats = worker.admin("GET", "/v1/stats").body;
  EXPECT_TRUE(contains(stats, "\"gradle\":{\"hits\":1,\"misses\":1,\"puts\":1")) << stats;
  EXPECT_TRUE(contains(stats, "\"entries\":1")) << stats;
  EXPECT_TRUE(contains(worker.admin("GET", "/v1/health").body, "\"status\":\"ok\""));
  EXPECT_EQ(worker.admin("POST", "/v1/flush").body, "{\"flushed\":true}\n");
  EXPECT_EQ(worker.admin("GET", "/v1/nothing").status, 404);
  EXPECT_EQ(fetch(fixture.home.port(), "GET", "/v1/stats").status, 404);
  EXPECT_EQ(fetch(fixture.home.port(), "POST", "/v1/flush", "").status, 404);
}

TEST(Worker, RefusesOtherUsers) {
  if (::geteuid() != 0) {
    std::fprintf(stderr, "WARNING: not root, so no connection of another user can be made\n");
    GTEST_SKIP() << "needs root";
  }
  const Fixture fixture;
  DaemonProcess worker(fixture.home);
  ASSERT_EQ(fetch(fixture.home.port(), "PUT", kKey, "private").status, 200);
  const pid_t stranger = ::fork();
  if (stranger == 0) {
    if (::setresuid(65534, 65534, 65534) != 0) {
      ::_exit(1);
    }
    const int get = fetch(fixture.home.port(), "GET", kKey).status;
    const int put = fetch(fixture.home.port(), "PUT", kKey, "poison").status;
    ::_exit(get == 403 && put == 403 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(stranger, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(fetch(fixture.home.port(), "GET", kKey).body, "private");
}

TEST(Worker, ServesACrowdWithFewDescriptors) {
  const Fixture fixture;
  DaemonProcess worker(fixture.home, {.open_files = 64});
  ASSERT_TRUE(worker.ready()) << worker.ready_line();
  std::vector<RawClient> crowd;
  for (int i = 0; i < 500; ++i) {
    crowd.push_back(RawClient::tcp(fixture.home.port()));
    crowd.back().send(request_text(fixture.home.port(), "PUT", kKey, "", "body"));
  }
  for (RawClient& client : crowd) {
    const auto response = client.read_response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    client.close();
  }
  EXPECT_EQ(fetch(fixture.home.port(), "GET", kKey).body, "body");
}

TEST(Worker, KnowsItsVersionAndItsUsage) {
  int status = -1;
  EXPECT_TRUE(fabrikd_output({"--version"}, status).starts_with("fabrikd "));
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(contains(fabrikd_output({"--help"}, status), "--http-port"));
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(contains(fabrikd_output({"worker", "--wrong"}, status), "--wrong"));
  EXPECT_NE(status, 0);
}

}  // namespace
}  // namespace fabrik::testing
