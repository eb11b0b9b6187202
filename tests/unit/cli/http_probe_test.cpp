#include "cli/http_probe.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <thread>

#include "base/fs.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::chrono::seconds kLong{30};

// Accepts one connection, reads until `until`, answers and closes.
class OneAnswer {
 public:
  OneAnswer(std::string until, std::string answer) {
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), raw, size) != 0 || ::listen(listener_.get(), 1) != 0 ||
        ::getsockname(listener_.get(), raw, &size) != 0) {
      throw std::runtime_error("listen on loopback");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, until, answer] { serve(until, answer); });
  }
  ~OneAnswer() { thread_.join(); }

  HttpEndpoint endpoint() const { return HttpEndpoint::loopback(port_); }
  // Valid once the answer is there.
  const std::string& request() const { return request_; }

 private:
  void serve(const std::string& until, const std::string& answer) {
    pollfd entry{.fd = listener_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&entry, 1, 30'000) <= 0) {
      return;
    }
    const UniqueFd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    std::array<char, 4096> buffer;
    while (!request_.ends_with(until)) {
      const ssize_t got = ::recv(peer.get(), buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        return;
      }
      request_.append(buffer.data(), static_cast<std::size_t>(got));
    }
    (void)write_all(peer.get(), answer);
  }

  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::string request_;
  std::thread thread_;
};

TEST(HttpProbe, SendsARequestABuildToolWouldSend) {
  OneAnswer server("bytes", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const auto answer = http_probe(server.endpoint(),
                                 {.method = "PUT",
                                  .target = "/cache/k",
                                  .headers = {{"Authorization", "Bearer x"}},
                                  .body = "bytes"},
                                 kLong);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "ok");
  EXPECT_THAT(server.request(), StartsWith("PUT /cache/k HTTP/1.1\r\nHost: 127.0.0.1:"));
  EXPECT_THAT(server.request(), HasSubstr("\r\nAuthorization: Bearer x\r\n"));
  EXPECT_THAT(server.request(), HasSubstr("\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(server.request(), EndsWith("\r\n\r\nbytes"));
}

TEST(HttpProbe, RefusesACutAnswer) {
  OneAnswer server("\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok");
  const auto answer = http_probe(server.endpoint(), {}, kLong);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::invalid_argument);
}

TEST(HttpProbe, RefusesWhatIsNotHttp) {
  OneAnswer server("\r\n\r\n", "220 smtp.example ready\r\n\r\n");
  EXPECT_FALSE(http_probe(server.endpoint(), {}, kLong));
}

TEST(HttpProbe, SaysThatNobodyListens) {
  UniqueFd bound(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));  // bound, not listening
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(bound.get(), raw, size), 0);
  ASSERT_EQ(::getsockname(bound.get(), raw, &size), 0);
  const auto answer = http_probe(HttpEndpoint::loopback(ntohs(address.sin_port)), {}, kLong);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
}

TEST(HttpProbe, GivesUpAtTheDeadline) {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener.get(), raw, size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);  // accepts in the kernel, never answers
  ASSERT_EQ(::getsockname(listener.get(), raw, &size), 0);
  const auto answer = http_probe(HttpEndpoint::loopback(ntohs(address.sin_port)), {},
                                 std::chrono::milliseconds(30));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::timeout);
}

TEST(HttpProbe, ReadsAddresses) {
  const auto plain = parse_http_url("http://127.0.0.1:8080/health");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->host, "127.0.0.1");
  EXPECT_EQ(plain->port, 8080);
  EXPECT_EQ(plain->target, "/health");
  EXPECT_EQ(parse_http_url("http://localhost:1")->host, "127.0.0.1");
  EXPECT_EQ(parse_http_url("http://10.0.0.1")->port, 80);
  EXPECT_EQ(parse_http_url("http://10.0.0.1")->target, "/");
  EXPECT_EQ(parse_http_url("http://[::1]:9/x")->host, "::1");
  EXPECT_EQ(parse_http_url("http://[::1]:9/x")->port, 9);
  for (const auto* wrong :
       {"https://127.0.0.1", "127.0.0.1:80", "http://127.0.0.1:0/", "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/", "http://", "http://cache.example/", "http://[::1/"}) {
    EXPECT_FALSE(parse_http_url(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace fabrik::cli
