#include "net/response_head.hpp"

#include <gtest/gtest.h>

namespace fabrik::net {
namespace {

std::string head(const Response& response, const Framing& framing) {
  std::string out;
  append_head(out, response, framing, "D");
  return out;
}

TEST(ResponseHead, HasWhatTheTransportOwes) {
  EXPECT_EQ(head({}, {.content_length = 5}),
            "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 5\r\n\r\n");
}

TEST(ResponseHead, SaysWhetherTheConnectionStays) {
  EXPECT_NE(head({}, {.keep_alive = false}).find("Connection: close\r\n"), std::string::npos);
  EXPECT_NE(head({}, {.http_11 = false}).find("Connection: keep-alive\r\n"), std::string::npos);
}

TEST(ResponseHead, KeepsTheAdaptersFieldsByteForByte) {
  Response response;
  response.headers.add("x-artifact-tag", "Ab+/= 1");
  EXPECT_NE(head(response, {}).find("\r\nx-artifact-tag: Ab+/= 1\r\n"), std::string::npos);
}

TEST(ResponseHead, IgnoresFieldsThatAreNotTheAdapters) {
  Response response;
  response.headers.add("Content-Length", "99");
  response.headers.add("connection", "upgrade");
  response.headers.add("Transfer-Encoding", "chunked");
  response.headers.add("Date", "never");
  EXPECT_EQ(head(response, {.content_length = 1}),
            "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 1\r\n\r\n");
}

TEST(ResponseHead, LetsNoFieldBreakOutOfItsLine) {
  Response response;
  response.headers.add("a", "1\r\nSet-Cookie: x");
  response.headers.add("b\r\nc", "1");
  response.headers.add("d", std::string_view("\0", 1));
  response.headers.add("", "1");
  EXPECT_EQ(head(response, {}), "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHead, NoContentHasNoLength) {
  Response response;
  response.status = 204;
  EXPECT_EQ(head(response, {}), "HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n");
}

TEST(DateText, IsInHttpForm) {
  DateText date;
  EXPECT_EQ(date.at(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(784111778), "Sun, 06 Nov 1994 08:49:38 GMT");
}

}  // namespace
}  // namespace fabrik::net
