// The HTTP server going away: nothing that was promised gets lost.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <future>

#include "base/listen.hpp"
#include "tests/support/http_fixture.hpp"

namespace fabrik::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Drain, ClosesIdleConnections) {
  HttpFixture fixture;
  RawClient idle = fixture.connect();
  idle.send(fixture.request("GET", "/peer"));
  ASSERT_TRUE(idle.read_response());
  EXPECT_TRUE(fixture.server().drain(seconds(60)));
  EXPECT_TRUE(idle.sees_end());
}

TEST(Drain, LetsAConnectionThatWasJustUsedAskOnceMore) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("GET", "/source?size=20000000"));
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture.adapter().live_sources == 1; }));
  auto drained =
      std::async(std::launch::async, [&] { return fixture.server().drain(seconds(60)); });
  // Its head was sent before the drain: this client believes that it may ask again.
  const auto first = client.read_response();
  ASSERT_TRUE(first);
  EXPECT_NE(first->header("connection"), "close");
  client.send(fixture.request("GET", "/source?size=5"));
  const auto second = client.read_response();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->body, pattern(0, 5));
  EXPECT_EQ(second->header("connection"), "close");
  EXPECT_TRUE(drained.get());
}

TEST(Drain, LetsARunningUploadFinish) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("PUT", "/sink", "Content-Length: 10\r\n") + "01234");
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture.server().busy(); }));
  auto drained =
      std::async(std::launch::async, [&] { return fixture.server().drain(seconds(60)); });
  // The listening socket is given up first; then the upload goes on.
  client.send("56789");
  const auto response = client.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(response->body.starts_with("10 "));
  EXPECT_TRUE(client.sees_end());
  EXPECT_TRUE(drained.get());
}

TEST(Drain, LetsARunningDownloadFinish) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("GET", "/source?size=50000000"));
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture.adapter().live_sources == 1; }));
  auto drained =
      std::async(std::launch::async, [&] { return fixture.server().drain(seconds(60)); });
  const auto response = client.read_response();
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->complete);
  EXPECT_EQ(response->body, pattern(0, 50'000'000));
  EXPECT_TRUE(drained.get());
}

TEST(Drain, CutsWhatDoesNotFinishInTime) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("PUT", "/sink", "Content-Length: 10\r\n") + "01234");
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture.server().busy(); }));
  EXPECT_TRUE(fixture.server().drain(milliseconds(50)));
  EXPECT_TRUE(client.sees_end());
  EXPECT_EQ(fixture.adapter().broken_uploads(), std::vector{Errc::cancelled});
}

TEST(Drain, TellsWhoWaitsForATurnThatTheServerIsGoing) {
  FixtureOptions options;
  options.limits.concurrent_requests = 1;
  options.limits.queue_patience = seconds(3600);
  HttpFixture fixture(std::move(options));
  RawClient first = fixture.connect();
  first.send(fixture.request("PUT", "/sink", "Content-Length: 10\r\n") + "01234");
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture.adapter().uploads_begun == 1; }));
  RawClient second = fixture.connect();
  second.send(fixture.request("PUT", "/sink", "", "second"));
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture.server().stats().in_flight == 2; }));
  auto drained =
      std::async(std::launch::async, [&] { return fixture.server().drain(seconds(60)); });
  EXPECT_EQ(second.read_response()->status, 503);
  first.send("56789");
  EXPECT_EQ(first.read_response()->status, 200);
  EXPECT_TRUE(drained.get());
}

TEST(Drain, AnswersARequestThatIsUnderway) {
  HttpFixture fixture;
  RawClient client = fixture.connect();
  client.send(fixture.request("GET", "/peer"));
  ASSERT_TRUE(client.read_response());
  // In the socket before the drain begins: whoever sends must get an answer.
  client.send(fixture.request("GET", "/source?size=5"));
  EXPECT_TRUE(fixture.server().drain(seconds(60)));
  const auto response = client.read_response();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, pattern(0, 5));
}

TEST(Drain, LeavesNewConnectionsToTheNextServer) {
  HttpFixture first;
  first.server().drain(seconds(60));
  RawClient early = first.connect();  // waits in the kernel's queue
  early.send(first.request("GET", "/source?size=5"));

  HttpFixture second;
  second.listen_on(UniqueFd(::fcntl(first.listener(), F_DUPFD_CLOEXEC, 0)));
  EXPECT_EQ(early.read_response()->body, pattern(0, 5));
}

TEST(Drain, OfAServerThatNeverServedIsImmediate) {
  HttpFixture fixture;
  EXPECT_TRUE(fixture.server().drain(milliseconds(0)));
}

TEST(Drain, DestructionEndsWhatIsOpen) {
  auto fixture = std::make_unique<HttpFixture>();
  RawClient uploading = fixture->connect();
  uploading.send(fixture->request("PUT", "/sink", "Content-Length: 10\r\n") + "0");
  RawClient idle = fixture->connect();
  idle.send(fixture->request("GET", "/peer"));
  ASSERT_TRUE(idle.read_response());
  ASSERT_TRUE(HttpFixture::eventually([&] { return fixture->server().busy(); }));
  fixture.reset();
  EXPECT_TRUE(uploading.sees_end());
  EXPECT_TRUE(idle.sees_end());
}

}  // namespace
}  // namespace fabrik::testing
