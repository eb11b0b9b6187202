// The HTTP server over real sockets: what clients do wrong, by accident or not.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/http_fixture.hpp"

namespace fabrik::testing {
namespace {

using std::chrono::milliseconds;

// Sends raw bytes; the answer must be complete, of that status, and the last.
void expect_refused(const HttpFixture& fixture, std::string_view bytes, int status) {
  RawClient client = fixture.connect();
  client.send(bytes);
  const auto response = client.read_response();
  ASSERT_TRUE(response) << bytes.substr(0, 200);
  EXPECT_EQ(response->status, status) << bytes.substr(0, 200);
  EXPECT_TRUE(response->complete);
  EXPECT_EQ(response->header("connection"), "close");
  EXPECT_TRUE(response->body.starts_with("fabrik: request refused: ")) << response->body;
  EXPECT_TRUE(client.sees_end());
}

TEST(HostileClient, CannotSmuggleASecondRequest) {
  HttpFixture fixture;
  const std::string hidden = fixture.request("GET", "/source?size=1");
  for (const char* fields : {
           "Content-Length: 4\r\nContent-Length: 0\r\n",
           "Content-Length: 0\r\nContent-Length: 0\r\n",
           "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding: \x0b"
           "chunked\r\n",
           "Transfer-Encoding : chunked\r\n",
           "Content-Length: -1\r\n",
           "Content-Length: 18446744073709551616\r\n",
           "X: y\r\n Transfer-Encoding: chunked\r\n",
       }) {
    expect_refused(fixture, fixture.request("PUT", "/sink", fields) + "0\r\n\r\n" + hidden, 400);
  }
  EXPECT_EQ(fixture.adapter().uploads_begun, 0);
  EXPECT_EQ(fixture.server().stats().refused, 10U);
}

TEST(HostileClient, GetsACompleteAnswerToTls) {
  HttpFixture fixture;
  expect_refused(fixture, std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10), 400);
}

TEST(HostileClient, GetsACompleteAnswerToGarbage) {
  HttpFixture fixture;
  expect_refused(fixture, "EHLO mail.example\r\n", 400);
  expect_refused(fixture, std::string(1 << 20, '\0'), 400);
  expect_refused(fixture, "GET / HTTP/3.0\r\n\r\n", 400);
}

TEST(HostileClient, CannotSendAHugeHeader) {
  HttpFixture fixture;
  const std::string start = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  expect_refused(fixture, start + "X: " + std::string(1 << 20, 'x') + "\r\n\r\n", 431);
  expect_refused(fixture, "GET /" + std::string(1 << 20, 'x') + " HTTP/1.1\r\n\r\n", 431);
  std::string fields;
  for (int i = 0; i < 10'000; ++i) {
    fields += "a" + std::to_string(i) + ": b\r\n";
  }
  expect_refused(fixture, start + fields + "\r\n", 431);
}

TEST(HostileClient, MayUseHeadersUpToTheLimit) {
  HttpFixture fixture;
  EXPECT_EQ(
      fetch(fixture.port(), "GET", "/peer", std::nullopt, "X: " + std::string(60'000, 'x') + "\r\n")
          .status,
      200);
}

TEST(HostileClient, CannotTakeItsTimeWithAHeader) {
  FixtureOptions options;
  options.limits.head_timeout = milliseconds(200);
  HttpFixture fixture(std::move(options));
  expect_refused(fixture, "GET /peer HTTP/1.1\r\nHost: 127.", 408);
}

TEST(HostileClient, CannotTakeItsTimeByteByByte) {
  FixtureOptions options;
  options.limits.head_timeout = milliseconds(500);
  HttpFixture fixture(std::move(options));
  RawClient client = fixture.connect();
  client.send("GET /peer HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ");
  EXPECT_TRUE(HttpFixture::eventually([&] {
    client.send("x");
    return fixture.server().stats().refused == 1;
  }));
  EXPECT_TRUE(client.sees_end());
}

TEST(HostileClient, CannotIdleForEver) {
  FixtureOptions options;
  options.limits.idle_timeout = milliseconds(200);
  HttpFixture fixture(std::move(options));
  RawClient silent = fixture.connect();
  RawClient served = fixture.connect();
  served.send(fixture.request("GET", "/peer"));
  EXPECT_EQ(served.read_response()->status, 200);
  EXPECT_TRUE(silent.sees_end());
  EXPECT_TRUE(served.sees_end());
}

TEST(HostileClient, CannotStallABody) {
  FixtureOptions options;
  options.limits.body_stall = milliseconds(200);
  HttpFixture fixture(std::move(options));
  RawClient client = fixture.connect();
  client.send(fixture.request("PUT", "/sink", "Content-Length: 100\r\n") + "only this");
  EXPECT_TRUE(client.sees_end());
  EXPECT_EQ(fixture.adapter().broken_uploads(), std::vector{Errc::timeout});
}

TEST(HostileClient, CannotStopReading) {
  FixtureOptions options;
  options.limits.write_stall = milliseconds(200);
  HttpFixture fixture(std::move(options));
  RawClient client = fixture.connect();
  client.send(fixture.request("GET", "/source?size=1000000000"));
  EXPECT_TRUE(HttpFixture::eventually([&] { return fixture.adapter().live_sources == 1; }));
  EXPECT_TRUE(HttpFixture::eventually([&] { return fixture.adapter().live_sources == 0; }));
  EXPECT_TRUE(HttpFixture::eventually([&] { return fixture.server().stats().connections == 0; }));
}

TEST(HostileClient, MayLeaveInTheMiddleOfAnUpload) {
  HttpFixture fixture;
  for (const bool reset : {false, true}) {
    RawClient client = fixture.connect();
    client.send(fixture.request("PUT", "/sink", "Content-Length: 1000000\r\n") + "begun");
    EXPECT_TRUE(HttpFixture::eventually([&] { return fixture.server().busy(); }));
    reset ? client.reset() : client.close();
    EXPECT_TRUE(HttpFixture::eventually([&] { return !fixture.server().busy(); }));
  }
  EXPECT_EQ(fixture.adapter().broken_uploads(), (std::vector{Errc::cancelled, Errc::cancelled}));
  EXPECT_TRUE(HttpFixture::eventually([&] { return fixture.server().stats().connections == 0; }));
}

TEST(HostileClient, IsToldWhenItsUploadEndsEarly) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("PUT", "/sink", "Content-Length: 100\r\n") + "short");
  client.shutdown_write();
  const auto response = client.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 400);
  EXPECT_TRUE(client.sees_end());
}

TEST(HostileClient, IsToldWhenItsChunksAreBad) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("PUT", "/sink", "Transfer-Encoding: chunked\r\n") + "5\r\nhelloXX" +
              fixture.request("GET", "/peer"));
  const auto response = client.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 400);
  EXPECT_TRUE(client.sees_end());
  EXPECT_EQ(fixture.adapter().broken_uploads(), std::vector{Errc::invalid_argument});
}

TEST(HostileClient, CannotSendAnEndlessChunkHeader) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("PUT", "/sink", "Transfer-Encoding: chunked\r\n") +
              "5;ext=" + std::string(1 << 20, 'x'));
  EXPECT_TRUE(client.sees_end());
  EXPECT_EQ(fixture.adapter().broken_uploads(), std::vector{Errc::invalid_argument});
}

TEST(HostileClient, MayLeaveInTheMiddleOfADownload) {
  HttpFixture fixture;
  for (const bool reset : {false, true}) {
    RawClient client = fixture.connect();
    client.send(fixture.request("GET", "/source?size=1000000000"));
    ASSERT_FALSE(client.read_some().empty());
    reset ? client.reset() : client.close();
    EXPECT_TRUE(HttpFixture::eventually([&] { return fixture.adapter().live_sources == 0; }));
  }
  EXPECT_TRUE(HttpFixture::eventually([&] { return fixture.server().stats().connections == 0; }));
}

TEST(HostileClient, IsNoWebPage) {
  HttpFixture fixture;
  const std::string port = std::to_string(fixture.port());
  expect_refused(fixture, "GET /peer HTTP/1.1\r\nHost: evil.example:" + port + "\r\n\r\n", 403);
  expect_refused(fixture, "GET /peer HTTP/1.1\r\n\r\n", 400);
  expect_refused(fixture, fixture.request("GET", "/peer", "Origin: http://evil.example\r\n"), 403);
  expect_refused(fixture, fixture.request("GET", "/peer", "Sec-Fetch-Site: cross-site\r\n"), 403);
  expect_refused(fixture, fixture.request("OPTIONS", "/peer", "Origin: null\r\n"), 403);
  EXPECT_EQ(fetch(fixture.port(), "GET", "/peer").headers.count("access-control-allow-origin"), 0U);
}

TEST(HostileClient, IsNoOtherUser) {
  HttpFixture fixture(
      {.peer_check = std::make_unique<FixedPeer>(uid_t{4242}), .policy = {.own_uid = 1000}});
  expect_refused(fixture, fixture.request("PUT", "/sink", "", "poison"), 403);
  EXPECT_EQ(fixture.adapter().uploads_begun, 0);
}

TEST(HostileClient, IsNobodyUnknown) {
  HttpFixture fixture({.peer_check = std::make_unique<FixedPeer>(fail(Errc::not_found, "gone")),
                       .policy = {.own_uid = 0}});
  expect_refused(fixture, fixture.request("PUT", "/sink", "", "poison"), 403);
  EXPECT_EQ(fixture.adapter().uploads_begun, 0);
}

TEST(HostileClient, CannotKeepOthersOutByIdling) {
  FixtureOptions options;
  options.limits.connections = 4;
  HttpFixture fixture(std::move(options));
  std::vector<RawClient> idle;
  for (int i = 0; i < 4; ++i) {
    idle.push_back(fixture.connect());
    idle.back().send(fixture.request("GET", "/peer"));
    ASSERT_TRUE(idle.back().read_response());
  }
  EXPECT_EQ(fetch(fixture.port(), "GET", "/peer").status, 200);
  EXPECT_LE(fixture.server().stats().connections, 4U);
}

TEST(HostileClient, WaitsWhileAllPlacesAreTaken) {
  FixtureOptions options;
  options.limits.connections = 1;
  HttpFixture fixture(std::move(options));
  RawClient busy = fixture.connect();
  busy.send(fixture.request("PUT", "/sink", "Content-Length: 2\r\n") + "a");
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture.server().busy(); }));
  RawClient waiting = fixture.connect();
  waiting.send(fixture.request("GET", "/peer"));
  busy.send("b");
  EXPECT_EQ(busy.read_response()->status, 200);
  EXPECT_EQ(waiting.read_response()->status, 200);
}

// Descriptors run out for real; clients that have their connection are served,
// the others as soon as there is room.
TEST(HostileClient, CannotExhaustDescriptorsForGood) {
  HttpFixture fixture;
  RawClient busy = fixture.connect();
  busy.send(fixture.request("PUT", "/sink", "Content-Length: 2\r\n") + "a");
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture.server().busy(); }));
  RawClient waiting = fixture.connect();
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture.server().stats().accepted == 2; }));

  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  std::vector<RawClient> crowd;
  UniqueFd spare(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const rlimit none{.rlim_cur = static_cast<rlim_t>(spare.get()), .rlim_max = before.rlim_max};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(fixture.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  ASSERT_EQ(::connect(spare.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  RawClient outside(std::move(spare));
  outside.send(fixture.request("GET", "/peer"));
  busy.send("b");
  EXPECT_EQ(busy.read_response()->status, 200);
  waiting.close();
  busy.close();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(outside.read_response()->status, 200);
}

}  // namespace
}  // namespace fabrik::testing
