#include "net/request_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace fabrik::net {
namespace {

struct Parsed {
  Request request;
  std::optional<Refusal> refusal;
  bool done = false;
  std::string rest;  // after the head
  bool chunked = false;
  bool keep_alive = false;
};

// Feeds the text in pieces of `step` bytes, keeping what the parser leaves.
Parsed parse(std::string_view text, std::size_t step = 1 << 20, const HttpLimits& limits = {}) {
  Parsed parsed;
  RequestParser parser(limits);
  parser.start(parsed.request);
  std::string pending;
  while (!text.empty()) {
    const std::size_t count = std::min(step, text.size());
    pending += text.substr(0, count);
    text.remove_prefix(count);
    const RequestParser::Step result = parser.head(pending);
    pending.erase(0, result.consumed);
    if (result.refusal || result.done) {
      parsed.refusal = result.refusal;
      parsed.done = result.done;
      break;
    }
  }
  parsed.rest = pending + std::string(text);
  if (parsed.done) {
    parsed.chunked = parser.chunked();
    parsed.keep_alive = parser.keep_alive();
  }
  return parsed;
}

constexpr std::string_view kPut =
    "PUT /v1/cache/abc?x=1&y=2 HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 3\r\n"
    "X-Artifact-Tag:  abc=  \r\n\r\nxyzNEXT";

TEST(RequestParser, ReadsARequest) {
  const Parsed parsed = parse(kPut);
  ASSERT_TRUE(parsed.done);
  EXPECT_EQ(parsed.request.method, Method::put);
  EXPECT_EQ(parsed.request.method_name, "PUT");
  EXPECT_EQ(parsed.request.path, "/v1/cache/abc");
  EXPECT_EQ(parsed.request.query, "x=1&y=2");
  EXPECT_EQ(parsed.request.content_length, 3U);
  EXPECT_EQ(parsed.request.headers.get("x-artifact-tag"), "abc=");
  EXPECT_TRUE(parsed.keep_alive);
  EXPECT_EQ(parsed.rest, "xyzNEXT");
}

TEST(RequestParser, ReadsTheSameInPiecesOfAnySize) {
  for (std::size_t step = 1; step < kPut.size(); ++step) {
    const Parsed parsed = parse(kPut, step);
    ASSERT_TRUE(parsed.done) << step;
    EXPECT_EQ(parsed.request.path, "/v1/cache/abc");
    EXPECT_EQ(parsed.request.headers.all().size(), 3U);
    EXPECT_EQ(parsed.rest, "xyzNEXT") << step;
  }
}

TEST(RequestParser, KeepsUnknownMethodsByName) {
  const Parsed parsed = parse("PATCH / HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(parsed.done);
  EXPECT_EQ(parsed.request.method, Method::other);
  EXPECT_EQ(parsed.request.method_name, "PATCH");
}

TEST(RequestParser, Http10ClosesUnlessAskedNotTo) {
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").keep_alive);
}

TEST(RequestParser, RefusesMessagesWhoseEndIsInDoubt) {
  const std::vector<std::string> corpus = {
      "Content-Length: 3\r\nContent-Length: 3\r\n",
      "Content-Length: 3\r\nContent-Length: 4\r\n",
      "Content-Length: 3, 3\r\n",
      "Content-Length: 3,4\r\n",
      "Content-Length: -1\r\n",
      "Content-Length: +3\r\n",
      "Content-Length: 0x3\r\n",
      "Content-Length: 3 4\r\n",
      "Content-Length: three\r\n",
      "Content-Length: \r\n",
      "Content-Length: 18446744073709551616\r\n",
      "Content-Length: 99999999999999999999999999\r\n",
      "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked, chunked\r\n",
      "Transfer-Encoding: identity\r\n",
      "Transfer-Encoding: gzip, chunked\r\n",
      "Transfer-Encoding: chunked, identity\r\n",
      "Transfer-Encoding: xchunked\r\n",
      "Transfer-Encoding: gzip\r\nContent-Length: 3\r\n",
      "Content-Length: 3\r\nTransfer-Encoding: gzip\r\n",
      "Transfer-Encoding:\r\n",
      "Content-Length : 3\r\n",
      "Transfer-Encoding : chunked\r\n",
      " Content-Length: 3\r\n",
      "Bad Name: x\r\n",
      ": empty\r\n",
      "NoColon\r\n",
      "X: a\nContent-Length: 3\r\n",
      std::string("X: a\0b\r\n", 8),
  };
  for (const std::string& fields : corpus) {
    const Parsed parsed = parse("PUT /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\nabc");
    ASSERT_TRUE(parsed.refusal) << fields;
    EXPECT_EQ(parsed.refusal->status, 400U) << fields;
  }
}

TEST(RequestParser, RefusesWhatIsNotHttp) {
  const std::vector<std::string> corpus = {
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "GET / HTTP/2.0\r\n\r\n",
      "GET / HTTP/0.9\r\n\r\n",
      "GET / HTTP/1.2\r\n\r\n",
      "GET /\r\n\r\n",
      "GET  / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\n\n",
      "GET x HTTP/1.1\r\n\r\n",
      "GET http://127.0.0.1/ HTTP/1.1\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\n\r\n",
      "CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n",
      "GET /a b HTTP/1.1\r\n\r\n",
      "G(T / HTTP/1.1\r\n\r\n",
      " GET / HTTP/1.1\r\n\r\n",
  };
  for (const std::string& text : corpus) {
    const Parsed parsed = parse(text);
    ASSERT_TRUE(parsed.refusal) << text;
    EXPECT_EQ(parsed.refusal->status, 400U) << text;
  }
}

TEST(RequestParser, TellsATlsClientWhatIsWrong) {
  const Parsed parsed = parse("\x16\x03\x01");
  ASSERT_TRUE(parsed.refusal);
  EXPECT_NE(parsed.refusal->reason.find("TLS"), std::string::npos);
}

TEST(RequestParser, RefusesTooManyFields) {
  std::string text = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 10'000; ++i) {
    text += "a: b\r\n";
  }
  const Parsed parsed = parse(text + "\r\n");
  ASSERT_TRUE(parsed.refusal);
  EXPECT_EQ(parsed.refusal->status, 431U);
}

TEST(RequestParser, RefusesAHugeFieldWithoutKeepingIt) {
  const Parsed parsed = parse("GET / HTTP/1.1\r\nx: " + std::string(1 << 20, 'y'));
  ASSERT_TRUE(parsed.refusal);
  EXPECT_EQ(parsed.refusal->status, 431U);
}

TEST(RequestParser, RefusesChunksInHttp10) {
  EXPECT_TRUE(parse("PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").refusal);
}

TEST(RequestParser, TrustsNoDeclaredLength) {
  const Parsed parsed = parse("PUT / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n");
  ASSERT_TRUE(parsed.done);
  EXPECT_EQ(parsed.request.content_length, 18446744073709551615U);
}

struct Decoded {
  std::string bytes;
  bool done = false;
  bool refused = false;
  std::string rest;
};

Decoded decode(std::string_view body, std::size_t step = 1 << 20) {
  Decoded decoded;
  Request request;
  RequestParser parser({});
  parser.start(request);
  const RequestParser::Step head =
      parser.head("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_TRUE(head.done);
  EXPECT_TRUE(parser.chunked());
  std::string pending;
  while (!body.empty() && !decoded.done && !decoded.refused) {
    const std::size_t count = std::min(step, body.size());
    pending += body.substr(0, count);
    body.remove_prefix(count);
    for (bool progress = true; progress && !decoded.done && !decoded.refused;) {
      std::string_view piece;
      const RequestParser::Step result = parser.body(pending, piece);
      decoded.bytes += piece;
      progress = !piece.empty();
      pending.erase(0, result.consumed);
      decoded.done = result.done;
      decoded.refused = result.refusal.has_value();
    }
  }
  decoded.rest = pending + std::string(body);
  return decoded;
}

constexpr std::string_view kChunks =
    "5\r\nhello\r\n1;ext=\"a\"\r\n,\r\n006\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\nGET /next";

TEST(RequestParser, DecodesChunksOfAnySplit) {
  for (std::size_t step = 1; step <= kChunks.size(); ++step) {
    const Decoded decoded = decode(kChunks, step);
    EXPECT_TRUE(decoded.done) << step;
    EXPECT_EQ(decoded.bytes, "hello, world") << step;
    EXPECT_EQ(decoded.rest, "GET /next") << step;
  }
}

TEST(RequestParser, DecodesAnEmptyBodyOfAnySplit) {
  for (std::size_t step = 1; step <= 10; ++step) {
    const Decoded decoded = decode("0\r\n\r\nGET", step);
    EXPECT_TRUE(decoded.done) << step;
    EXPECT_EQ(decoded.rest, "GET") << step;
  }
}

TEST(RequestParser, RefusesBadChunks) {
  for (const char* text : {"x\r\nhello\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n",
                           "10000000000000000\r\nx\r\n", "5 \nhello\r\n", "\r\nhello",
                           "5\r\nhello0\r\n\r\n", "0\r\nContent-Length: 5\r\n\r\n"}) {
    EXPECT_TRUE(decode(text).refused) << text;
  }
}

TEST(RequestParser, IsNotDoneBeforeTheLastChunk) {
  EXPECT_FALSE(decode("5\r\nhello\r\n").done);
  EXPECT_FALSE(decode("5\r\nhello\r\n0\r\n").done);
}

}  // namespace
}  // namespace fabrik::net
