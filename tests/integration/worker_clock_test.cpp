// A real fabrikd while the clock of its machine jumps by years, there and back.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

#include "tests/support/blobs.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::testing {
namespace {

constexpr std::int64_t kDecade = std::int64_t{3652} * 24 * 3600;

class WorkerClock : public ::testing::Test {
 public:
  ~WorkerClock() override { ::munmap(off_, 8); }

 protected:
  WorkerClock() {
    const std::string path = (dir_ / "clock").string();
    const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (::ftruncate(file.get(), 8) != 0) {
      throw std::runtime_error("no clock");
    }
    void* page = ::mmap(nullptr, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    off_ = static_cast<std::atomic<std::int64_t>*>(page);
    options_.environment = {"LD_PRELOAD=" JUMPING_CLOCK, "FABRIK_TEST_CLOCK=" + path};
  }

  void jump_to(std::int64_t seconds) { *off_ = seconds; }
  // One small blob, one that is a file.
  void put(int number) {
    for (const int part : {2 * number, 2 * number + 1}) {
      EXPECT_EQ(fetch(home_.port(), "PUT", path_of(part), body_of(part)).status, 200);
    }
  }
  void expect_there(int count) {
    for (int part = 0; part < 2 * count; ++part) {
      const RawResponse got = fetch(home_.port(), "GET", path_of(part));
      EXPECT_EQ(got.status, 200) << part;
      EXPECT_EQ(Content(got.body), body_of(part)) << part;
    }
  }
  static std::string path_of(int part) {
    return "/cache/0123456789abcdef0123456789abcd" + std::to_string(10 + part);
  }
  static Content body_of(int part) {
    return random_bytes(part % 2 == 0 ? 1000 : 100'000, static_cast<std::uint64_t>(part));
  }

  TempDir dir_;
  WorkerHome home_{dir_.path()};
  WorkerOptions options_;
  std::atomic<std::int64_t>* off_ = nullptr;
};

TEST_F(WorkerClock, JumpingByDecadesLosesNothing) {
  int count = 0;
  for (const std::int64_t start : {std::int64_t{0}, kDecade, -kDecade, std::int64_t{0}}) {
    jump_to(start);
    DaemonProcess worker(home_, options_);
    ASSERT_TRUE(worker.ready()) << worker.ready_line();
    expect_there(count);
    for (const std::int64_t off : {kDecade, -kDecade, start + 1}) {
      jump_to(off);
      expect_there(count);
      put(count++);
      expect_there(count);
    }
    worker.terminate();
    EXPECT_EQ(worker.wait(), 0);
  }
}

TEST_F(WorkerClock, IsTheOneTheWorkerReads) {
  jump_to(kDecade);
  DaemonProcess worker(home_, options_);
  ASSERT_TRUE(worker.ready()) << worker.ready_line();
  const std::time_t then = std::time(nullptr) + kDecade;
  std::tm date{};
  ::gmtime_r(&then, &date);
  const std::string year = std::to_string(1900 + date.tm_year) + "-";
  worker.terminate();  // writes the log to its end
  EXPECT_EQ(worker.wait(), 0);
  EXPECT_NE(worker.log().find(year), std::string::npos) << worker.log();
}

}  // namespace
}  // namespace fabrik::testing
