// No protocol holds a whole blob in memory. Each route: 1 GiB in and out, then 64
// uploads and downloads side by side, in a control group that would end the worker.
//
//   FABRIK_TEST_LARGE_MIB (1024), FABRIK_TEST_PARALLEL_MIB (8; a full run: 64)
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "tests/support/daemon_process.hpp"
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
[[maybe_unused]] constexpr std::uint64_t kExtra = 64 * kMiB;  // not with sanitizers

std::uint64_t mebibytes(const char* variable, std::uint64_t otherwise) {
#ifdef FABRIK_SANITIZED_MEMORY
  otherwise = std::min<std::uint64_t>(otherwise, 4);  // memory is not measured
#endif
  const char* text = std::getenv(variable);
  return (text == nullptr ? otherwise : std::stoull(text)) * kMiB;
}

// How a protocol names the blob number `i`. To add a protocol, add a line.
struct Route {
  const char* name;
  const char* config;
  const char* before;  // path before 32 hex digits
  const char* after;
};
constexpr Route kRoutes[] = {
    {"Gradle", "", "/cache/", ""},
    {"Nx", "", "/v1/cache/", ""},
    {"Turborepo", "", "/v8/artifacts/", "?teamId=team_x"},
    {"Ccache", "", "/ccache/", ""},
    {"Rush", "", "/rush/", ""},
};

class Memory : public ::testing::TestWithParam<Route> {
 protected:
  std::string path(std::uint64_t number) const {
    char digits[33];
    std::snprintf(digits, sizeof digits, "%032llx", static_cast<unsigned long long>(number));
    return std::string(GetParam().before) + digits + GetParam().after;
  }
  // A MiB that differs from every other of every blob.
  static std::string piece(std::uint64_t blob, std::uint64_t number) {
    std::string bytes(kMiB, static_cast<char>('a' + blob % 26));
    std::memcpy(bytes.data(), &blob, sizeof blob);
    std::memcpy(bytes.data() + sizeof blob, &number, sizeof number);
    return bytes;
  }
  void upload(std::uint64_t blob, std::uint64_t size) const {
    RawClient client = RawClient::tcp(home_.port());
    client.set_timeout(std::chrono::minutes(3));
    ASSERT_TRUE(client.send(
        request_text(home_.port(), "PUT", path(blob),
                     "Content-Type: application/octet-stream\r\nAuthorization: Bearer x\r\n"
                     "Content-Length: " +
                         std::to_string(size) + "\r\n")));
    for (std::uint64_t i = 0; i < size / kMiB; ++i) {
      ASSERT_TRUE(client.send(piece(blob, i))) << i;
    }
    const auto response = client.read_response();
    ASSERT_TRUE(response);
    EXPECT_LT(response->status, 300) << response->body;
  }
  void download(std::uint64_t blob, std::uint64_t size) const {
    RawClient client = RawClient::tcp(home_.port());
    client.set_timeout(std::chrono::minutes(3));
    ASSERT_TRUE(
        client.send(request_text(home_.port(), "GET", path(blob), "Authorization: Bearer x\r\n")));
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
      const std::string byte = client.read_some(1);
      ASSERT_FALSE(byte.empty()) << head;
      head += byte;
    }
    ASSERT_TRUE(head.starts_with("HTTP/1.1 200 ")) << head;
    for (std::uint64_t i = 0; i < size / kMiB; ++i) {
      std::string got;
      while (got.size() < kMiB) {
        const std::string more = client.read_some(kMiB - got.size());
        ASSERT_FALSE(more.empty()) << "cut in MiB " << i;
        got += more;
      }
      ASSERT_TRUE(got == piece(blob, i)) << "MiB " << i;
    }
  }
  void expect_bounded([[maybe_unused]] const DaemonProcess& worker,
                      [[maybe_unused]] std::uint64_t before) const {
#ifndef FABRIK_SANITIZED_MEMORY
    EXPECT_LE(worker.memory("VmHWM"), before + kExtra);
#endif
  }

  TempDir dir_;
  WorkerHome home_{dir_.path()};
  // Twice what is allowed: page cache of files being written counts in it, too.
  MemoryGroup group_{"fabrik-test-" + std::to_string(::getpid()), 256 * kMiB};
};

TEST_P(Memory, StaysBoundedWhateverTheSizeAndNumberOfBlobs) {
  WorkerOptions options{.config =
                            std::string("[cache]\nmax_size = \"20GB\"\n") + GetParam().config};
#ifndef FABRIK_SANITIZED_MEMORY
  options.cgroup = group_.procs();
  if (!group_.works()) {
    std::fprintf(stderr, "WARNING: no control group (%s): memory is only measured\n",
                 group_.problem().c_str());
  }
#endif
  DaemonProcess worker(home_, options);
  ASSERT_TRUE(worker.ready()) << worker.ready_line();
  ASSERT_EQ(fetch(home_.port(), "GET", "/health").status, 200);
  const std::uint64_t before = worker.memory("VmHWM");

  const std::uint64_t large = mebibytes("FABRIK_TEST_LARGE_MIB", 1024);
  upload(0, large);
  expect_bounded(worker, before);
  download(0, large);
  expect_bounded(worker, before);

  const std::uint64_t each = mebibytes("FABRIK_TEST_PARALLEL_MIB", 8);
  {
    std::vector<std::jthread> clients;
    for (std::uint64_t blob = 1; blob <= 64; ++blob) {
      clients.emplace_back([&, blob] {
        upload(blob, each);
        download(blob, each);
      });
    }
  }
  expect_bounded(worker, before);
  EXPECT_TRUE(worker.running()) << "the control group ended it";
}

INSTANTIATE_TEST_SUITE_P(Routes, Memory, ::testing::ValuesIn(kRoutes),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace fabrik::testing
