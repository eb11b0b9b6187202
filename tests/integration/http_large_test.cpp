// A blob of 1 GiB through a real fabrikd, in bounded memory.
#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/daemon_process.hpp"
#include "tests/support/temp_dir.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FABRIK_SANITIZED_MEMORY 1
#endif
#endif

namespace fabrik::testing {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kSize = 1024 * kMiB;
constexpr const char* kKey = "/cache/0123456789abcdef0123456789abcdef";

// One MiB that differs from every other.
class Pieces {
 public:
  Pieces() : bytes_(kMiB, '\0') {
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      bytes_[i] = static_cast<char>(i * 31 + i / 4093);
    }
  }
  const std::string& at(std::uint64_t number) {
    std::memcpy(bytes_.data(), &number, sizeof number);
    return bytes_;
  }

 private:
  std::string bytes_;
};

void upload(std::uint16_t port) {
  RawClient client = RawClient::tcp(port);
  ASSERT_TRUE(client.send(
      request_text(port, "PUT", kKey, "Content-Length: " + std::to_string(kSize) + "\r\n")));
  Pieces pieces;
  for (std::uint64_t i = 0; i < kSize / kMiB; ++i) {
    ASSERT_TRUE(client.send(pieces.at(i))) << i;
  }
  const auto response = client.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
}

// Fills exactly `piece`; false: the stream ended before.
bool read_exactly(RawClient& client, std::string& piece) {
  std::size_t have = 0;
  while (have < piece.size()) {
    const std::string more = client.read_some(piece.size() - have);
    if (more.empty()) {
      return false;
    }
    std::memcpy(piece.data() + have, more.data(), more.size());
    have += more.size();
  }
  return true;
}

void download(std::uint16_t port) {
  RawClient client = RawClient::tcp(port);
  ASSERT_TRUE(client.send(request_text(port, "GET", kKey)));
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const std::string byte = client.read_some(1);
    ASSERT_FALSE(byte.empty());
    head += byte;
  }
  ASSERT_TRUE(head.starts_with("HTTP/1.1 200 ")) << head;
  ASSERT_NE(head.find("Content-Length: " + std::to_string(kSize) + "\r\n"), std::string::npos);
  Pieces pieces;
  std::string piece(kMiB, '\0');
  for (std::uint64_t i = 0; i < kSize / kMiB; ++i) {
    ASSERT_TRUE(read_exactly(client, piece)) << i;
    ASSERT_EQ(std::memcmp(piece.data(), pieces.at(i).data(), kMiB), 0) << i;
  }
}

TEST(LargeBlob, GoesInAndOutInBoundedMemory) {
  const TempDir dir;
  const WorkerHome home(dir.path());
  DaemonProcess worker(home, {.config = "[cache]\nmax_size = \"3GB\"\n"});
  ASSERT_TRUE(worker.ready()) << worker.ready_line();
  ASSERT_EQ(fetch(home.port(), "GET", "/health").status, 200);
  const std::uint64_t before = worker.memory("VmHWM");
  ASSERT_GT(before, 0U);
  upload(home.port());
  const std::uint64_t after_upload = worker.memory("VmHWM");
  download(home.port());
  const std::uint64_t after_download = worker.memory("VmHWM");
#ifdef FABRIK_SANITIZED_MEMORY
  GTEST_SKIP() << "a sanitizer keeps freed memory; only the bytes were checked";
#endif
  EXPECT_LE(after_upload - before, 64 * kMiB);
  EXPECT_LE(after_download - before, 64 * kMiB);
}

}  // namespace
}  // namespace fabrik::testing
