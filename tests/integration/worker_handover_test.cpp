// Workers that replace each other behind one listening socket, as a supervisor has
// them do on every edit and upgrade, while clients go on asking.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "tests/support/daemon_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::testing {
namespace {

// Several segments: a part of an upload may be there when the worker is told to go.
const std::string kLarge(300'000, 'l');

// What its requests came to.
struct Tally {
  std::atomic<unsigned> answered{0};
  std::atomic<unsigned> lost{0};

  void count(const std::optional<RawResponse>& response, std::string_view expected) {
    const bool good = response && response->complete && response->status == 200 &&
                      (expected.empty() || response->body == expected);
    (good ? answered : lost) += 1;
  }
};

std::string key(int client) {
  return "/cache/0123456789abcdef0123456789abcde" + std::to_string(client);
}

// One exchange on a connection that may be open already. nullopt: not one byte came
// back, so a client whose connection had been idle may ask again.
std::optional<RawResponse> ask_once(RawClient& client, const std::string& request) {
  return client.send(request) ? client.read_response() : std::nullopt;
}

// Stores and fetches over a new connection each.
void ask_on_new_connections(std::uint16_t port, const std::string& at, const std::string& body,
                            const std::atomic<bool>& done, Tally& tally) {
  while (!done) {
    RawClient put = RawClient::tcp(port);
    tally.count(ask_once(put, request_text(port, "PUT", at, {}, body)), {});
    RawClient get = RawClient::tcp(port);
    tally.count(ask_once(get, request_text(port, "GET", at)), body);
  }
}

// Keeps its connection, as build tools do, and when that has been closed asks once
// more on a new one.
void ask_on_kept_connections(std::uint16_t port, const std::string& at, const std::string& body,
                             const std::atomic<bool>& done, Tally& tally) {
  RawClient client = RawClient::tcp(port);
  bool fresh = true;
  const auto ask = [&](const std::string& request, std::string_view expected) {
    std::optional<RawResponse> response = ask_once(client, request);
    if (!response && !fresh) {
      client = RawClient::tcp(port);
      response = ask_once(client, request);
    }
    tally.count(response, expected);
    fresh = !response || response->header("connection") == "close";
    if (fresh) {
      client = RawClient::tcp(port);
    }
  };
  while (!done) {
    ask(request_text(port, "PUT", at, {}, body), {});
    ask(request_text(port, "GET", at), body);
  }
}

TEST(WorkerHandover, LosesNoRequest) {
  const TempDir dir;
  const WorkerHome home(dir.path());
  std::atomic<bool> done{false};
  Tally tally;
  std::vector<std::thread> clients;
  clients.emplace_back([&] { ask_on_new_connections(home.port(), key(1), "small", done, tally); });
  clients.emplace_back([&] { ask_on_new_connections(home.port(), key(2), kLarge, done, tally); });
  clients.emplace_back([&] { ask_on_kept_connections(home.port(), key(3), kLarge, done, tally); });
  const char* rounds_given = std::getenv("FABRIK_SOAK_ROUNDS");  // tests/soak
  const int rounds = rounds_given ? std::atoi(rounds_given) : 8;
  for (int round = 0; round < rounds; ++round) {
    DaemonProcess worker(home);
    EXPECT_TRUE(worker.ready()) << worker.ready_line();
    const unsigned before = tally.answered;
    while (worker.running() && tally.answered < before + 20 && tally.lost == 0) {
      std::this_thread::yield();
    }
    done = round + 1 == rounds;  // the last one still answers what was asked
    if (done) {
      for (std::thread& client : clients) {
        client.join();
      }
    }
    worker.terminate();
    EXPECT_EQ(worker.wait(), 0);
  }
  EXPECT_EQ(tally.lost, 0U) << "of " << tally.answered;
}

}  // namespace
}  // namespace fabrik::testing
