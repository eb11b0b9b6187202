// A real fabrikd in trouble: killed, crowded, starved of descriptors, left by its
// clients. What it acknowledged is there afterwards, what it serves is right.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "tests/support/blobs.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::testing {
namespace {

namespace fs = std::filesystem;

int scale(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

std::string path_of(std::uint64_t number) {
  char text[64];
  std::snprintf(text, sizeof text, "/cache/%032llx", static_cast<unsigned long long>(number));
  return text;
}

// Half of them live in the index, half are files.
Content body_of(std::uint64_t number) {
  std::mt19937_64 random(number);
  return random_bytes(number % 2 == 0 ? 1 + random() % 60'000 : 65'537 + random() % 1'000'000,
                      number);
}

int get_status(const WorkerHome& home, const std::string& path) {
  return fetch(home.port(), "GET", path).status;
}

struct WorkerFault : public ::testing::Test {
  TempDir dir;
  WorkerHome home{dir.path()};

  bool tmp_is_empty() const {
    const fs::path tmp = dir / "cache/tmp";
    return !fs::exists(tmp) || fs::is_empty(tmp);
  }
};

// The oracle: what was acknowledged, outside of the process that is killed.
class Oracle {
 public:
  void acknowledge(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    acknowledged_.push_back(number);
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_.size();
  }
  void expect_all(const WorkerHome& home) const {
    for (const std::uint64_t number : acknowledged_) {
      const auto response = fetch(home.port(), "GET", path_of(number));
      ASSERT_EQ(response.status, 200) << "lost: " << number;
      ASSERT_TRUE(response.complete);
      ASSERT_EQ(Content(response.body), body_of(number)) << number;
    }
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::uint64_t> acknowledged_;
};

// One upload on a connection of its own; false when the worker is gone.
bool upload(const WorkerHome& home, std::uint64_t number) {
  try {
    RawClient client = RawClient::tcp(home.port());
    const Content body = body_of(number);
    if (!client.send(request_text(home.port(), "PUT", path_of(number), "", body))) {
      return false;
    }
    const auto response = client.read_response();
    return response && response->status == 200;
  } catch (const std::runtime_error&) {
    return false;
  }
}

TEST_F(WorkerFault, KillNineAtAnyMomentLosesNothingAcknowledged) {
  constexpr std::uint64_t kUploaders = 4;
  std::mt19937 random(static_cast<unsigned>(scale("FABRIK_TEST_SEED", 1)));
  Oracle oracle;
  std::array<std::uint64_t, kUploaders> next{};
  for (int round = 0; round < scale("FABRIK_TEST_KILLS", 10); ++round) {
    const std::size_t wanted = oracle.count() + 1 + random() % 40;
    std::vector<std::uint64_t> unfinished;
    std::mutex mutex;
    std::atomic<bool> stop{false};
    std::vector<std::jthread> uploaders;
    auto first = std::make_unique<DaemonProcess>(home);
    ASSERT_TRUE(first->ready()) << first->ready_line();
    for (std::uint64_t u = 0; u < kUploaders; ++u) {
      uploaders.emplace_back([&, u] {
        while (!stop) {
          const std::uint64_t number = next[u]++ * kUploaders + u;
          if (upload(home, number)) {
            oracle.acknowledge(number);
            continue;
          }
          const std::lock_guard lock(mutex);
          unfinished.push_back(number);
        }
      });
    }
    EXPECT_TRUE(eventually([&] { return oracle.count() >= wanted; }));
    first->kill();
    first->wait();
    stop = true;
    // Who has connected by now is served by the next worker, as with a supervisor.
    DaemonProcess worker(home);
    ASSERT_TRUE(worker.ready()) << worker.ready_line();
    uploaders.clear();
    oracle.expect_all(home);
    for (const std::uint64_t number : unfinished) {
      const auto response = fetch(home.port(), "GET", path_of(number));
      EXPECT_TRUE(response.status == 404 || Content(response.body) == body_of(number)) << number;
    }
    EXPECT_TRUE(tmp_is_empty());
    if (HasFailure()) {
      break;
    }
  }
}

TEST_F(WorkerFault, ClientsThatLeaveInTheMiddleLeaveNothingBehind) {
  DaemonProcess worker(home);
  ASSERT_TRUE(upload(home, 1));
  const std::string head =
      request_text(home.port(), "PUT", path_of(2), "Content-Length: 5000000\r\n");
  for (int i = 0; i < 50; ++i) {
    RawClient writer = RawClient::tcp(home.port());
    writer.send(head + std::string(100'000, 'x'));
    RawClient reader = RawClient::tcp(home.port());
    reader.send(request_text(home.port(), "GET", path_of(1)));
    (void)reader.read_some(100);
    i % 2 == 0 ? writer.reset() : writer.close();
    i % 2 == 0 ? reader.reset() : reader.close();
  }
  EXPECT_TRUE(eventually([&] { return tmp_is_empty(); }));
  EXPECT_EQ(get_status(home, path_of(2)), 404);
  EXPECT_EQ(Content(fetch(home.port(), "GET", path_of(1)).body), body_of(1));
}

TEST_F(WorkerFault, AThousandConnectionsCostLittleMemory) {
  DaemonProcess worker(home);
  ASSERT_TRUE(upload(home, 2));
  const std::uint64_t before = worker.memory("VmRSS");
  constexpr int kConnections = 1000;
  std::vector<RawClient> crowd;
  for (int i = 0; i < kConnections; ++i) {
    crowd.push_back(RawClient::tcp(home.port()));
    crowd.back().send("GET " + path_of(2) + " HTTP/1.1\r\nHost: 127.0");
  }
  EXPECT_EQ(get_status(home, path_of(2)), 200) << "others are served meanwhile";
  const std::uint64_t after = worker.memory("VmRSS");
#ifndef __SANITIZE_ADDRESS__
  EXPECT_LE(after, before + kConnections * std::uint64_t{64 * 1024});
#endif
  crowd.clear();
  EXPECT_EQ(get_status(home, path_of(2)), 200);
}

TEST_F(WorkerFault, SlowSendersOfHeadersAreCutAndHinderNobody) {
  DaemonProcess worker(home);
  ASSERT_TRUE(upload(home, 2));
  std::vector<RawClient> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(RawClient::tcp(home.port()));
  }
  // A byte now and then keeps no connection alive: the deadline is for the whole head.
  const std::string head = "GET " + path_of(2) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ";
  std::size_t sent = 0;
  std::size_t alive = slow.size();
  EXPECT_TRUE(eventually([&] {
    EXPECT_EQ(get_status(home, path_of(2)), 200);
    alive = 0;
    for (RawClient& client : slow) {
      const char byte = sent < head.size() ? head[sent] : 'x';
      alive += client.send(std::string_view(&byte, 1)) ? 1 : 0;
    }
    ++sent;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return alive == 0;
  })) << alive
      << " connections live on";
}

TEST_F(WorkerFault, ManyWritersOfOneKeyLeaveOneWholeVersion) {
  DaemonProcess worker(home);
  constexpr std::uint64_t kWriters = 64;
  const std::string path = path_of(7);
  {
    std::vector<std::jthread> writers;
    for (std::uint64_t i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        EXPECT_EQ(fetch(home.port(), "PUT", path, body_of(i)).status, 200);
        const Content seen = fetch(home.port(), "GET", path).body;
        bool whole = seen.empty();  // replaced while it was read: a miss
        for (std::uint64_t k = 0; k < kWriters && !whole; ++k) {
          whole = seen == body_of(k);
        }
        EXPECT_TRUE(whole) << seen.size() << " bytes of no version";
      });
    }
  }
  const Content last = fetch(home.port(), "GET", path).body;
  EXPECT_FALSE(last.empty());
  EXPECT_EQ(Content(fetch(home.port(), "GET", path).body), last);
}

}  // namespace
}  // namespace fabrik::testing
