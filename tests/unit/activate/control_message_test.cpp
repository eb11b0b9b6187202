#include "activate/control_message.hpp"

#include <gtest/gtest.h>

namespace fabrik::activate {
namespace {

Errc request_error(std::string_view text) {
  const auto parsed = parse_request(text);
  EXPECT_FALSE(parsed) << text;
  return parsed ? Errc::internal : parsed.error().code;
}

TEST(ControlMessage, ARequestSurvivesTheRoundTrip) {
  const auto parsed = parse_request(format_request("POST", "/v1/activate", "{\"a\":1}"));
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_EQ((*parsed)->method, "POST");
  EXPECT_EQ((*parsed)->target, "/v1/activate");
  EXPECT_EQ((*parsed)->body, "{\"a\":1}");
}

TEST(ControlMessage, EveryPrefixOfARequestIsIncomplete) {
  const std::string whole = format_request("POST", "/v1/stop", "{}");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto parsed = parse_request(std::string_view(whole).substr(0, length));
    ASSERT_TRUE(parsed) << length;
    EXPECT_FALSE(*parsed) << length;
  }
}

TEST(ControlMessage, AGetHasNoBody) {
  const std::string text = format_request("GET", "/v1/status", "");
  EXPECT_EQ(text.find("Content-Length"), std::string::npos);
  EXPECT_EQ((*parse_request(text))->body, "");
}

TEST(ControlMessage, RefusesWhatIsNoRequest) {
  for (const char* text :
       {"\r\n\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "get / HTTP/1.1\r\n\r\n",
        "GET x HTTP/1.1\r\n\r\n", "GET / FTP/1.1\r\n\r\n", "GET /a b HTTP/1.1\r\n\r\n",
        "GET /\x7f HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\n: x\r\n\r\n", "GET / HTTP/1.1\r\nA B: x\r\n\r\n",
        "VERYVERYVERYLONGMETHOD / HTTP/1.1\r\n\r\n"}) {
    EXPECT_EQ(request_error(text), Errc::invalid_argument);
  }
}

TEST(ControlMessage, RefusesAmbiguousLengths) {
  for (const char* header :
       {"Content-Length: 2\r\nContent-Length: 2", "Content-Length: -1", "Content-Length: 2x",
        "Content-Length:", "Content-Length: 99999999999999999999", "content-length: 0x2",
        "Transfer-Encoding: chunked"}) {
    EXPECT_EQ(request_error("POST / HTTP/1.1\r\n" + std::string(header) + "\r\n\r\n{}"),
              Errc::invalid_argument)
        << header;
  }
}

TEST(ControlMessage, RefusesBytesBehindTheEnd) {
  EXPECT_EQ(request_error("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"), Errc::invalid_argument);
}

TEST(ControlMessage, RefusesWhatIsTooLarge) {
  EXPECT_EQ(request_error("GET / HTTP/1.1\r\nA: " + std::string(kMaxControlHead, 'a')),
            Errc::too_large);
  EXPECT_EQ(request_error("POST / HTTP/1.1\r\nContent-Length: " +
                          std::to_string(kMaxControlBody + 1) + "\r\n\r\n"),
            Errc::too_large);
}

TEST(ControlMessage, AReplySurvivesTheRoundTrip) {
  const auto parsed = parse_reply(format_reply(409, "{}"), false);
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_EQ((*parsed)->status, 409);
  EXPECT_EQ((*parsed)->body, "{}");
}

TEST(ControlMessage, AReplyCutShortIsAnError) {
  const std::string whole = format_reply(200, "{\"a\":1}");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto part = std::string_view(whole).substr(0, length);
    const auto waiting = parse_reply(part, false);
    ASSERT_TRUE(waiting) << length;
    EXPECT_FALSE(*waiting) << length;
    EXPECT_FALSE(parse_reply(part, true)) << length;
  }
}

TEST(ControlMessage, AReplyWithoutLengthEndsWithTheConnection) {
  const std::string text = "HTTP/1.1 200 OK\r\n\r\nall of it";
  EXPECT_FALSE(*parse_reply(text, false));
  EXPECT_EQ((*parse_reply(text, true))->body, "all of it");
}

TEST(ControlMessage, RefusesWhatIsNoReply) {
  for (const char* text : {"\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 20\r\n\r\n",
                           "HTTP/1.1 999 X\r\n\r\n", "HTTP/1.1 2000\r\n\r\n", "200 OK\r\n\r\n"}) {
    EXPECT_FALSE(parse_reply(text, true)) << text;
  }
}

}  // namespace
}  // namespace fabrik::activate
