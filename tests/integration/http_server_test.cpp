// The HTTP server over real sockets: what clients do right.
#include <gtest/gtest.h>

#include <thread>

#include "base/digest.hpp"
#include "base/listen.hpp"
#include "tests/support/http_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::testing {
namespace {

std::string receipt(std::string_view body) {
  return std::to_string(body.size()) + " " + sha256(as_bytes(body)).hex();
}

TEST(HttpServer, AnswersManyRequestsOnOneConnection) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  for (int i = 0; i < 100; ++i) {
    const std::string body = pattern(static_cast<std::uint64_t>(i), 1000);
    ASSERT_TRUE(client.send(fixture.request("PUT", "/sink", "", body)));
    const auto response = client.read_response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, receipt(body));
  }
  EXPECT_EQ(fixture.server().stats().accepted, 1U);
  EXPECT_EQ(fixture.server().stats().requests, 100U);
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  std::string batch;
  for (int i = 0; i < 50; ++i) {
    const std::string body(static_cast<std::size_t>(i) * 10, 'x');
    batch += fixture.request("PUT", "/sink", "", body);
    batch += fixture.request("GET", "/source?size=" + std::to_string(i));
  }
  ASSERT_TRUE(client.send(batch));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.read_response()->body,
              receipt(std::string(static_cast<std::size_t>(i) * 10, 'x')));
    EXPECT_EQ(client.read_response()->body, pattern(0, static_cast<std::size_t>(i)));
  }
}

TEST(HttpServer, TakesABodyOfAnySize) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  for (const std::size_t size :
       {0UL, 1UL, 4000UL, 4096UL, 65536UL, 262143UL, 262144UL, 262145UL, 5'000'000UL}) {
    const std::string body = pattern(size, size);
    ASSERT_TRUE(client.send(fixture.request("PUT", "/sink", "", body)));
    EXPECT_EQ(client.read_response()->body, receipt(body)) << size;
  }
}

TEST(HttpServer, SendsABodyOfAnySize) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  for (const std::size_t size : {0UL, 1UL, 65536UL, 262144UL, 262145UL, 5'000'000UL}) {
    ASSERT_TRUE(client.send(fixture.request("GET", "/source?size=" + std::to_string(size))));
    const auto response = client.read_response();
    ASSERT_TRUE(response && response->complete) << size;
    EXPECT_EQ(response->body, pattern(0, size)) << size;
  }
}

// What a client would have of it; nullopt: it is cut or badly framed.
std::optional<std::string> joined_chunks(std::string_view text) {
  std::string body;
  for (;;) {
    const auto line = text.find("\r\n");
    if (line == std::string_view::npos) {
      return std::nullopt;
    }
    const std::size_t size = std::stoul(std::string(text.substr(0, line)), nullptr, 16);
    text.remove_prefix(line + 2);
    if (text.size() < size + 2 || text.substr(size, 2) != "\r\n") {
      return std::nullopt;
    }
    body += text.substr(0, size);
    text.remove_prefix(size + 2);
    if (size == 0) {
      return text.empty() ? std::optional(body) : std::nullopt;
    }
  }
}

std::string all_of(RawClient& client) {
  std::string text;
  for (std::string more = client.read_some(); !more.empty(); more = client.read_some()) {
    text += more;
  }
  return text;
}

TEST(HttpServer, SendsABodyOfUnknownLengthInChunks) {
  HttpFixture fixture;
  for (const std::size_t size : {0UL, 1UL, 262144UL, 1'000'000UL}) {
    RawClient client = fixture.connect();
    const std::string target = "/source?tell=0&size=" + std::to_string(size);
    // A second request shows that the connection goes on after the last chunk.
    ASSERT_TRUE(client.send(fixture.request("GET", target) +
                            fixture.request("HEAD", target, "Connection: close\r\n")));
    const std::string text = all_of(client);
    const auto body = text.find("\r\n\r\n") + 4;
    const auto second = text.rfind("HTTP/1.1 200 OK");
    ASSERT_GT(second, body);
    EXPECT_NE(text.substr(0, body).find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(text.substr(0, body).find("Content-Length"), std::string::npos);
    EXPECT_TRUE(joined_chunks(text.substr(body, second - body)) == pattern(0, size)) << size;
    EXPECT_TRUE(text.ends_with("\r\n\r\n")) << "a body after HEAD";
  }
}

TEST(HttpServer, ABodyOfUnknownLengthEndsWithTheConnectionBeforeHttp11) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  ASSERT_TRUE(client.send("GET /source?tell=0&size=500000 HTTP/1.0\r\nHost: 127.0.0.1:" +
                          std::to_string(fixture.port()) + "\r\nConnection: keep-alive\r\n\r\n"));
  const std::string text = all_of(client);
  const auto body = text.find("\r\n\r\n") + 4;
  EXPECT_EQ(text.substr(0, body).find("Transfer-Encoding"), std::string::npos);
  EXPECT_TRUE(text.substr(body) == pattern(0, 500'000));
}

TEST(HttpServer, ABodyOfUnknownLengthThatFailsHasNoEnd) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  ASSERT_TRUE(client.send(fixture.request("GET", "/source?tell=0&size=900000&fail=500000")));
  const std::string text = all_of(client);
  EXPECT_FALSE(joined_chunks(text.substr(text.find("\r\n\r\n") + 4)));
}

TEST(HttpServer, HeadHasTheLengthAndNoBody) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("HEAD", "/source?size=12345") + fixture.request("GET", "/peer"));
  const auto head = client.read_response(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->headers.at("content-length"), "12345");
  EXPECT_EQ(client.read_response()->body, "uid " + std::to_string(::geteuid()));
}

TEST(HttpServer, TakesChunkedUploads) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  std::string chunks;
  std::string whole;
  for (std::size_t size : {1UL, 10UL, 1000UL, 100'000UL, 300'000UL}) {
    const std::string piece = pattern(size, size);
    char head[32];
    std::snprintf(head, sizeof head, "%zx\r\n", size);
    chunks += head + piece + "\r\n";
    whole += piece;
  }
  client.send(fixture.request("PUT", "/sink", "Transfer-Encoding: chunked\r\n") + chunks +
              "0\r\n\r\n" + fixture.request("GET", "/peer"));
  EXPECT_EQ(client.read_response()->body, receipt(whole));
  EXPECT_EQ(client.read_response()->status, 200);
}

TEST(HttpServer, AsksForABodyThatWaitsForIt) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  const std::string body = "late";
  client.send(fixture.request("PUT", "/sink", "Expect: 100-continue\r\nContent-Length: 4\r\n"));
  const auto interim = client.read_response();
  ASSERT_TRUE(interim);
  EXPECT_EQ(interim->status, 100);
  client.send(body);
  EXPECT_EQ(client.read_response()->body, receipt(body));
}

TEST(HttpServer, DoesNotAskForABodyThatNobodyWants) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("PUT", "/ignore", "Expect: 100-continue\r\nContent-Length: 4\r\n"));
  const auto response = client.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->header("connection"), "close");
  EXPECT_TRUE(client.sees_end());
}

TEST(HttpServer, RefusesOtherExpectations) {
  HttpFixture fixture;
  EXPECT_EQ(fetch(fixture.port(), "PUT", "/sink", "x", "Expect: miracles\r\n").status, 417);
}

TEST(HttpServer, ReadsWhatTheAdapterIgnored) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("PUT", "/ignore", "", pattern(0, 3'000'000)));
  EXPECT_EQ(client.read_response()->body, "ignored");
  client.send(fixture.request("GET", "/source?size=3"));
  EXPECT_EQ(client.read_response()->body, pattern(0, 3));
}

TEST(HttpServer, ClosesWhenTooMuchIsIgnored) {
  FixtureOptions options;
  options.limits.drain_bytes = 1000;
  HttpFixture fixture(std::move(options));
  RawClient client = fixture.connect();
  client.send(fixture.request("PUT", "/ignore", "", pattern(0, 100'000)));
  const auto response = client.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "ignored");
  EXPECT_EQ(response->header("connection"), "close");
  EXPECT_TRUE(client.sees_end());
}

TEST(HttpServer, SpeaksHttp10) {
  HttpFixture fixture;
  const std::string host = "Host: localhost:" + std::to_string(fixture.port()) + "\r\n";
  RawClient once = fixture.connect();
  once.send("GET /source?size=9 HTTP/1.0\r\n" + host + "\r\n");
  EXPECT_EQ(once.read_response()->body, pattern(0, 9));
  EXPECT_TRUE(once.sees_end());

  RawClient again = fixture.connect();
  for (int i = 0; i < 2; ++i) {
    again.send("GET /source?size=9 HTTP/1.0\r\n" + host + "Connection: keep-alive\r\n\r\n");
    const auto response = again.read_response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->header("connection"), "keep-alive");
  }
}

TEST(HttpServer, ClosesWhenTheClientAsks) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("GET", "/source?size=3", "Connection: close\r\n"));
  EXPECT_EQ(client.read_response()->header("connection"), "close");
  EXPECT_TRUE(client.sees_end());
}

TEST(HttpServer, IgnoresEmptyLinesBetweenRequests) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send("\r\n" + fixture.request("GET", "/peer") + "\r\n\r\n" +
              fixture.request("GET", "/peer"));
  EXPECT_EQ(client.read_response()->status, 200);
  EXPECT_EQ(client.read_response()->status, 200);
}

TEST(HttpServer, AnswersWhatNobodyClaims) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("PUT", "/nobody", "", "body") + fixture.request("GET", "/peer"));
  const auto missing = client.read_response();
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->status, 404);
  EXPECT_TRUE(missing->body.starts_with("fabrik: "));
  EXPECT_EQ(client.read_response()->status, 200);
}

TEST(HttpServer, SurvivesBadAdapters) {
  HttpFixture fixture;
  EXPECT_EQ(fetch(fixture.port(), "GET", "/throw").status, 500);
  EXPECT_EQ(fetch(fixture.port(), "GET", "/silent").status, 500);
  EXPECT_EQ(fetch(fixture.port(), "GET", "/peer").status, 200);
}

TEST(HttpServer, CutsABodyWhoseSourceFails) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("GET", "/source?size=2000000&fail=700000"));
  const auto response = client.read_response();
  ASSERT_TRUE(response);
  EXPECT_FALSE(response->complete);
  EXPECT_LE(response->body.size(), 700'000U);
  EXPECT_TRUE(client.sees_end());
}

TEST(HttpServer, WhereNoUserIdIsToldTheTokenDecides) {
  HttpFixture fixture({.peer_check = std::make_unique<FixedPeer>(
                           fail(Errc::unavailable, "this system does not tell")),
                       .policy = {.own_uid = ::geteuid(), .token = "secret"}});
  EXPECT_EQ(fetch(fixture.port(), "GET", "/peer").status, 401);
  const auto served = fetch(fixture.port(), "GET", "/peer", {}, "Authorization: Bearer secret\r\n");
  EXPECT_EQ(served.status, 200);
  EXPECT_EQ(served.body, "token");
}

TEST(HttpServer, ATokenDoesNotLetAKnownStrangerIn) {
  HttpFixture fixture({.peer_check = std::make_unique<FixedPeer>(uid_t{12345}),
                       .policy = {.own_uid = ::geteuid(), .token = "secret"}});
  EXPECT_EQ(fetch(fixture.port(), "GET", "/peer", {}, "Authorization: Bearer secret\r\n").status,
            403);
}

TEST(HttpServer, ServesUnixSocketsWithoutTheBrowserRules) {
  const TempDir dir;
  HttpFixture fixture;
  fixture.listen_on(listen_on_unix(dir / "s").value());
  RawClient client = RawClient::unix_socket(dir / "s");
  client.send("GET /peer HTTP/1.1\r\nHost: anything\r\n\r\n");
  EXPECT_EQ(client.read_response()->body, "uid " + std::to_string(::geteuid()));
}

TEST(HttpServer, ServesTwoHundredClientsAtOnce) {
  for (const unsigned io_threads : {1U, 3U}) {
    HttpFixture fixture({.io_threads = io_threads});
    std::vector<RawClient> clients;
    const std::string body = pattern(7, 50'000);
    const std::string request = fixture.request("PUT", "/sink", "", body);
    for (int i = 0; i < 200; ++i) {
      clients.push_back(fixture.connect());
      clients.back().send(request.substr(0, 10'000));
    }
    for (RawClient& client : clients) {
      client.send(request.substr(10'000));
    }
    for (RawClient& client : clients) {
      EXPECT_EQ(client.read_response()->body, receipt(body));
    }
    EXPECT_EQ(fixture.server().stats().connections, 200U);
  }
}

TEST(HttpServer, WorksOnABoundedNumberOfRequestsAtOnce) {
  FixtureOptions options;
  options.limits.concurrent_requests = 1;
  HttpFixture fixture(std::move(options));
  RawClient first = fixture.connect();
  first.send(fixture.request("PUT", "/sink", "Content-Length: 10\r\n") + "01234");
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture.adapter().uploads_begun == 1; }));
  RawClient second = fixture.connect();
  second.send(fixture.request("PUT", "/sink", "", "second"));
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture.server().stats().in_flight == 2; }));
  EXPECT_EQ(fixture.adapter().uploads_begun, 1);
  first.send("56789");
  EXPECT_EQ(first.read_response()->body, receipt("0123456789"));
  EXPECT_EQ(second.read_response()->body, receipt("second"));
}

TEST(HttpServer, TellsWhoWaitedTooLongThatItIsOverloaded) {
  FixtureOptions options;
  options.limits.concurrent_requests = 1;
  options.limits.queue_patience = std::chrono::milliseconds(50);
  HttpFixture fixture(std::move(options));
  RawClient first = fixture.connect();
  first.send(fixture.request("PUT", "/sink", "Content-Length: 10\r\n") + "01234");
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture.adapter().uploads_begun == 1; }));
  RawClient second = fixture.connect();
  for (int i = 0; i < 3; ++i) {  // on one connection, which stays usable
    second.send(fixture.request("PUT", "/sink", "", "second"));
    EXPECT_EQ(second.read_response()->status, 503);
  }
  EXPECT_EQ(fixture.adapter().uploads_begun, 1);
  first.send("56789");
  EXPECT_EQ(first.read_response()->body, receipt("0123456789"));
  second.send(fixture.request("PUT", "/sink", "", "second"));
  EXPECT_EQ(second.read_response()->body, receipt("second"));
}

TEST(HttpServer, KnowsWhenItIsBusy) {
  HttpFixture fixture;
  const auto started = fixture.server().last_request();
  EXPECT_FALSE(fixture.server().busy());
  RawClient client = fixture.connect();
  client.send(fixture.request("PUT", "/sink", "Content-Length: 2\r\n") + "a");
  EXPECT_TRUE(HttpFixture::eventually([&] { return fixture.server().busy(); }));
  client.send("b");
  EXPECT_EQ(client.read_response()->status, 200);
  EXPECT_TRUE(HttpFixture::eventually([&] { return !fixture.server().busy(); }));
  EXPECT_GT(fixture.server().last_request(), started);
}

}  // namespace
}  // namespace fabrik::testing
