// A server where every request has to prove who sends it.
#include <gtest/gtest.h>

#include "tests/support/fake_authenticator.hpp"
#include "tests/support/http_fixture.hpp"

namespace fabrik::testing {
namespace {

struct Served {
  Served() {
    FixtureOptions options;
    // Nobody's uid is known, as behind a wire.
    options.peer_check = std::make_unique<FixedPeer>(fail(Errc::unavailable, "not local"));
    options.policy.authenticator = &authenticator;
    fixture.emplace(std::move(options));
  }

  RawResponse ask(std::string_view method, const std::string& authorization,
                  std::optional<std::string_view> body = std::nullopt,
                  std::string_view target = "/peer") {
    return fetch(fixture->port(), method, target, body,
                 authorization.empty() ? "" : "Authorization: " + authorization + "\r\n");
  }

  FakeAuthenticator authenticator;
  std::optional<HttpFixture> fixture;
};

TEST(HttpCaller, NobodyIsServedWithoutProof) {
  Served server;
  for (const char* wrong : {"", "Bearer nobody", "Basic ***", "reader"}) {
    const auto response = server.ask("GET", wrong);
    EXPECT_EQ(response.status, 401) << wrong;
    EXPECT_NE(response.header("www-authenticate"), "");
    EXPECT_NE(response.body.find("the token is not valid"), std::string::npos);
  }
}

TEST(HttpCaller, TheProofComesByTheChannelOfEachProtocol) {
  Served server;
  EXPECT_EQ(server.ask("GET", "Bearer reader").body, "token reader");
  EXPECT_EQ(server.ask("GET", "Basic Z3JhZGxlOnJlYWRlcg==").body, "token reader");  // gradle:reader
  EXPECT_EQ(server
                .ask("GET",
                     "AWS4-HMAC-SHA256 Credential=reader/20260101/us-east-1/s3/aws4_request, "
                     "SignedHeaders=host, Signature=00")
                .body,
            "token reader");
}

TEST(HttpCaller, WhoMayOnlyReadDoesNotWrite) {
  Served server;
  const auto refused = server.ask("PUT", "Bearer reader", "bytes", "/sink");
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.body.find("cache:write"), std::string::npos);
  EXPECT_EQ(server.fixture->adapter().uploads_begun.load(), 0);
  EXPECT_EQ(server.ask("PUT", "Bearer writer", "bytes", "/sink").status, 200);
}

TEST(HttpCaller, AdministrationAloneIsNoRightToRead) {
  Served server;
  EXPECT_EQ(server.ask("GET", "Bearer admin").status, 403);
}

TEST(HttpCaller, WhatCannotBeDecidedYetIsNoRefusalForEver) {
  Served server;
  EXPECT_EQ(server.ask("GET", "Bearer later").status, 503);
}

TEST(HttpCaller, IsAskedForAgainOnEveryRequestOfAConnection) {
  Served server;
  RawClient client = server.fixture->connect();
  client.send(server.fixture->request("GET", "/peer", "Authorization: Bearer reader\r\n"));
  EXPECT_EQ(client.read_response()->body, "token reader");
  client.send(server.fixture->request("GET", "/peer"));
  EXPECT_EQ(client.read_response()->status, 401);
}

TEST(HttpCaller, TwoProofsAreNone) {
  Served server;
  RawClient client = server.fixture->connect();
  client.send(server.fixture->request(
      "GET", "/peer", "Authorization: Bearer reader\r\nAuthorization: Bearer writer\r\n"));
  EXPECT_EQ(client.read_response()->status, 400);
}

TEST(HttpCaller, AServerIsReachedUnderAnyName) {
  Served server;
  RawClient client = server.fixture->connect();
  client.send(
      "GET /peer HTTP/1.1\r\nHost: cache.example.com\r\nAuthorization: Bearer reader\r\n\r\n");
  EXPECT_EQ(client.read_response()->status, 200);
}

}  // namespace
}  // namespace fabrik::testing
