// ccache-storage-fabrik as ccache drives it, in front of a real worker.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <thread>

#include "tests/support/daemon_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::testing {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);
const std::string kGreeting("\x01\x03\x00\x01\x02", 5);
const std::string kOk("\0", 1);
const std::string kNoop("\1", 1);

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

std::string number(std::uint64_t value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}
std::string key_of(std::string_view key) {
  return static_cast<char>(key.size()) + std::string(key);
}
std::string get(std::string_view key) {
  return '\0' + key_of(key);
}
std::string put(std::string_view key, std::string_view value, char flags = 1) {
  return '\1' + key_of(key) + flags + number(value.size()) + std::string(value);
}
std::string remove(std::string_view key) {
  return '\2' + key_of(key);
}
std::string exists(std::string_view key) {
  return '\5' + key_of(key);
}
std::string hit(std::string_view value) {
  return kOk + number(value.size()) + std::string(value);
}

// What ccache does on one connection.
class Client {
 public:
  explicit Client(const std::filesystem::path& socket) : raw_(RawClient::unix_socket(socket)) {
    EXPECT_EQ(read(kGreeting.size()), kGreeting);
  }
  std::string ask(std::string_view request, std::size_t answer_size) {
    raw_.send(request);
    return read(answer_size);
  }
  // The message of a refusal.
  std::string error(std::string_view request) {
    const std::string head = ask(request, 2);
    EXPECT_EQ(head.front(), '\2');
    return read(static_cast<unsigned char>(head.back()));
  }
  std::string read(std::size_t size) {
    std::string bytes;
    while (bytes.size() < size) {
      const std::string more = raw_.read_some(size - bytes.size());
      if (more.empty()) {
        break;
      }
      bytes += more;
    }
    return bytes;
  }
  RawClient& raw() { return raw_; }

 private:
  RawClient raw_;
};

class CcacheHelper : public ::testing::Test {
 protected:
  ~CcacheHelper() override {
    if (helper_ > 0) {
      ::kill(helper_, SIGKILL);
      ::waitpid(helper_, nullptr, 0);
    }
  }

  void start_worker(const WorkerOptions& options = {}) { worker_.emplace(*home_, options); }

  void start_helper(const std::string& idle_timeout = "0") {
    const std::string url = "fabrik://127.0.0.1:" + std::to_string(home_->port());
    helper_ = ::fork();
    if (helper_ == 0) {
      ::setenv("CRSH_IPC_ENDPOINT", socket_.c_str(), 1);
      ::setenv("CRSH_URL", url.c_str(), 1);
      ::setenv("CRSH_IDLE_TIMEOUT", idle_timeout.c_str(), 1);
      ::setenv("CRSH_NUM_ATTR", "0", 1);
      ::execl(HELPER_BINARY, HELPER_BINARY, nullptr);
      ::_exit(127);
    }
    ASSERT_TRUE(eventually([this] {
      try {
        (void)RawClient::unix_socket(socket_);
        return true;
      } catch (const std::runtime_error&) {
        return false;
      }
    }));
  }
  void start() {
    start_worker();
    start_helper();
  }

  // Its exit status, when it ends by itself.
  int helper_status() {
    int raw = -1;
    EXPECT_TRUE(eventually([&] { return ::waitpid(helper_, &raw, WNOHANG) == helper_; }));
    helper_ = -1;
    return WIFEXITED(raw) ? WEXITSTATUS(raw) : -1;
  }

  TempDir dir_;
  std::optional<WorkerHome> home_{std::in_place, dir_.path()};
  std::optional<DaemonProcess> worker_;
  std::filesystem::path socket_ = dir_ / "helper.sock";
  pid_t helper_ = -1;
};

TEST_F(CcacheHelper, StoresFindsAndRemoves) {
  start();
  Client ccache(socket_);
  EXPECT_EQ(ccache.ask(get("key"), 1), kNoop);
  EXPECT_EQ(ccache.ask(exists("key"), 2), kOk + '\0');
  EXPECT_EQ(ccache.ask(put("key", "value"), 1), kOk);
  EXPECT_EQ(ccache.ask(get("key"), 14), hit("value"));
  EXPECT_EQ(ccache.ask(exists("key"), 2), kOk + '\1');
  EXPECT_EQ(ccache.ask(remove("key"), 1), kOk);
  EXPECT_EQ(ccache.ask(get("key"), 1), kNoop);
}

TEST_F(CcacheHelper, SharesEntriesWithCcachesOwnHttpClient) {
  start();
  Client ccache(socket_);
  ASSERT_EQ(ccache.ask(put("\xab\xcd\xef", "value"), 1), kOk);
  EXPECT_EQ(fetch(home_->port(), "GET", "/ccache/ab/cdef").body, "value");
}

TEST_F(CcacheHelper, OverwritesOnlyWhenAsked) {
  start();
  Client ccache(socket_);
  ASSERT_EQ(ccache.ask(put("key", "old", 0), 1), kOk);
  EXPECT_EQ(ccache.ask(put("key", "newer", 0), 1), kNoop);
  EXPECT_EQ(ccache.ask(get("key"), 12), hit("old"));
  EXPECT_EQ(ccache.ask(put("key", "newer", 1), 1), kOk);
  EXPECT_EQ(ccache.ask(get("key"), 14), hit("newer"));
}

TEST_F(CcacheHelper, PassesLargeAndEmptyValues) {
  start();
  Client ccache(socket_);
  const std::string large(9'000'001, 'x');
  ASSERT_EQ(ccache.ask(put("large", large), 1), kOk);
  EXPECT_TRUE(ccache.ask(get("large"), 9 + large.size()) == hit(large));
  ASSERT_EQ(ccache.ask(put("empty", ""), 1), kOk);
  EXPECT_EQ(ccache.ask(get("empty"), 9), hit(""));
}

TEST_F(CcacheHelper, ServesManyCompilationsAtOnce) {
  start();
  std::vector<std::thread> compilations;
  std::atomic<int> good{0};
  for (int i = 0; i < 16; ++i) {
    compilations.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        Client ccache(socket_);
        const std::string key = std::to_string(i * 100 + j);
        good += ccache.ask(put(key, key), 1) == kOk;
        good += ccache.ask(get(key), 9 + key.size()) == hit(key);
      }
    });
  }
  for (std::thread& compilation : compilations) {
    compilation.join();
  }
  EXPECT_EQ(good, 320);
}

TEST_F(CcacheHelper, SaysWhatItIs) {
  start();
  Client ccache(socket_);
  const std::string size = ccache.ask("\4", 1);
  EXPECT_TRUE(
      ccache.read(static_cast<unsigned char>(size[0])).starts_with("ccache-storage-fabrik"));
  EXPECT_EQ(ccache.read(1), "\1");
  const std::string diagnostic = ccache.read(1);
  EXPECT_NE(ccache.read(static_cast<unsigned char>(diagnostic[0])).find("127.0.0.1"),
            std::string::npos);
}

TEST_F(CcacheHelper, GoesOnWithTheNextWorker) {
  start();
  Client ccache(socket_);
  ASSERT_EQ(ccache.ask(put("key", "value"), 1), kOk);
  worker_->kill();
  worker_->wait();
  start_worker();
  EXPECT_EQ(ccache.ask(get("key"), 14), hit("value"));
}

TEST_F(CcacheHelper, SaysWhyWhenTheDaemonIsGone) {
  start_helper();
  home_.reset();  // its listening socket with it
  Client ccache(socket_);
  for (const std::string& request : {get("key"), put("key", "value"), exists("key")}) {
    EXPECT_NE(ccache.error(request).find("connect to 127.0.0.1:"), std::string::npos);
  }
}

TEST_F(CcacheHelper, AValueThatBreaksOffIsNotStored) {
  start();
  {
    Client ccache(socket_);
    ccache.raw().send(put("key", "value").substr(0, 16));
  }
  EXPECT_EQ(Client(socket_).ask(get("key"), 1), kNoop);
}

TEST_F(CcacheHelper, EndsAnUnknownRequestAndServesOthers) {
  start();
  Client ccache(socket_);
  ccache.raw().send("\x7f");
  EXPECT_TRUE(ccache.raw().sees_end());
  EXPECT_EQ(Client(socket_).ask(get("key"), 1), kNoop);
}

TEST_F(CcacheHelper, StopsWhenAskedAndLeavesNoSocket) {
  start();
  EXPECT_EQ(Client(socket_).ask("\3", 1), kOk);
  EXPECT_EQ(helper_status(), 0);
  EXPECT_FALSE(std::filesystem::exists(socket_));
}

TEST_F(CcacheHelper, StopsWhenIdle) {
  start_worker();
  start_helper("1");
  EXPECT_EQ(helper_status(), 0);
  EXPECT_FALSE(std::filesystem::exists(socket_));
}

TEST_F(CcacheHelper, TheSocketIsPrivate) {
  start();
  struct stat status{};
  ASSERT_EQ(::stat(socket_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(CcacheHelper, TakesOverTheSocketOfOneThatWasKilled) {
  start();
  ::kill(helper_, SIGKILL);
  ::waitpid(helper_, nullptr, 0);
  ASSERT_TRUE(std::filesystem::exists(socket_));
  start_helper();
  EXPECT_EQ(Client(socket_).ask(get("key"), 1), kNoop);
}

TEST_F(CcacheHelper, ASecondOneFails) {
  start();
  const pid_t first = helper_;
  start_helper();
  EXPECT_NE(helper_status(), 0);
  helper_ = first;
  EXPECT_EQ(Client(socket_).ask(get("key"), 1), kNoop);
}

}  // namespace
}  // namespace fabrik::testing
