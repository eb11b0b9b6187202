// No protocol holds a whole blob in memory. Each route: 1 GiB in and out, then 64
// uploads and downloads side by side, in a control group that would end the worker.
//
//   FABRIK_TEST_LARGE_MIB (1024), FABRIK_TEST_PARALLEL_MIB (4; a full run: 64)
#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "tests/support/large_transfer.hpp"
#include "tests/support/memory_group.hpp"
#include "tests/support/temp_dir.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FABRIK_SANITIZED_MEMORY 1
#endif
#endif

namespace fabrik::testing {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kExtra = 64 * kMiB;

std::uint64_t mebibytes(const char* variable, std::uint64_t otherwise) {
#ifdef FABRIK_SANITIZED_MEMORY
  otherwise = std::min<std::uint64_t>(otherwise, 4);  // memory is not measured
#endif
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

class Memory : public ::testing::TestWithParam<LargeRoute> {
 protected:
  // Since the worker was asked for the first time.
  void expect_bounded(const char* when, [[maybe_unused]] std::uint64_t bound = kExtra) {
    const std::uint64_t extra = worker_->memory("VmHWM") - before_;
    std::fprintf(stderr, "%s: %llu MiB\n", when, static_cast<unsigned long long>(extra / kMiB));
    RecordProperty(when, static_cast<int>(extra / kMiB));
#ifndef FABRIK_SANITIZED_MEMORY
    EXPECT_LE(extra, bound) << when;
#endif
    ASSERT_TRUE(worker_->running()) << when << ": the control group ended it";
  }
  void start() {
    WorkerOptions options{.config = "[cache]\nmax_size = \"20GB\"\n", .grpc = true};
#ifndef FABRIK_SANITIZED_MEMORY
    options.cgroup = group_.procs();
    if (!group_.works()) {
      std::fprintf(stderr, "WARNING: no control group (%s): memory is only measured\n",
                   group_.problem().c_str());
    }
#endif
    worker_.emplace(home_, options);
    ASSERT_TRUE(worker_->ready()) << worker_->ready_line();
    ASSERT_EQ(fetch(home_.port(), "GET", "/health").status, 200);
    before_ = worker_->memory("VmHWM");
  }

  TempDir dir_;
  WorkerHome home_{dir_.path()};
  // More than is allowed: page cache of files being written counts in it, too.
  MemoryGroup group_{"fabrik-test-" + std::to_string(::getpid()), 400 * kMiB};
  std::optional<DaemonProcess> worker_;
  std::uint64_t before_ = 0;
};

TEST_P(Memory, StaysBoundedWhateverTheSizeAndNumberOfBlobs) {
  start();
  const LargeBlob large(0, mebibytes("FABRIK_TEST_LARGE_MIB", 1024));
  GetParam().upload(home_, large);
  expect_bounded("upload");
  GetParam().download(home_, large);
  expect_bounded("download");

  const std::uint64_t each = mebibytes("FABRIK_TEST_PARALLEL_MIB", 4);
  {
    std::vector<std::jthread> clients;
    for (std::uint64_t number = 1; number <= 64; ++number) {
      clients.emplace_back([&, number] {
        const LargeBlob blob(number, each);
        GetParam().upload(home_, blob);
        GetParam().download(home_, blob);
      });
    }
  }
  expect_bounded("64 at once", GetParam().mebibytes_at_once * kMiB);
}

const auto name_of = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Http, Memory, ::testing::ValuesIn(http_routes()), name_of);
INSTANTIATE_TEST_SUITE_P(Grpc, Memory, ::testing::Values(bytestream_route()), name_of);

}  // namespace
}  // namespace fabrik::testing
