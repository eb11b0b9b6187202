#include "net/response_head.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "net/http_exchange.hpp"

namespace fabrik::net {
namespace {

struct Phrase {
  unsigned status;
  std::string_view text;
};

constexpr std::array kPhrases = {
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{206, "Partial Content"},
    Phrase{304, "Not Modified"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{411, "Length Required"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Content Too Large"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{416, "Range Not Satisfiable"},
    Phrase{417, "Expectation Failed"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{503, "Service Unavailable"},
    Phrase{507, "Insufficient Storage"},
};

bool has_no_length(unsigned status) {
  return status == 204 || status == 304;
}

bool is_ours(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kOurs = {"content-length", "connection", "date",
                                                            "transfer-encoding", "keep-alive"};
  return std::ranges::any_of(kOurs,
                             [&](std::string_view own) { return equal_ignoring_case(own, name); });
}

bool is_safe(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
  const auto found = std::ranges::find(kPhrases, status, &Phrase::status);
  return found == kPhrases.end() ? "Status" : found->text;
}

void append_head(std::string& out, const Response& response, const Framing& framing,
                 std::string_view date) {
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason_phrase(response.status)).append("\r\n");
  append_field(out, "Date", date);
  if (framing.content_length == kUnknownLength) {
    if (framing.http_11) {
      append_field(out, "Transfer-Encoding", "chunked");
    }
  } else if (!has_no_length(response.status)) {
    append_field(out, "Content-Length", std::to_string(framing.content_length));
  }
  if (!framing.keep_alive) {
    append_field(out, "Connection", "close");
  } else if (!framing.http_11) {
    append_field(out, "Connection", "keep-alive");
  }
  for (const auto& [name, value] : response.headers.all()) {
    if (!name.empty() && !is_ours(name) && is_safe(name) && is_safe(value)) {
      append_field(out, name, value);
    }
  }
  out.append("\r\n");
}

std::string_view DateText::at(std::time_t now) {
  if (now != made_) {
    // RFC 9110 5.6.7, in English whatever the locale.
    static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                         "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                  kDays.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                  kMonths.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900, utc.tm_hour,
                  utc.tm_min, utc.tm_sec);
    text_ = text.data();
    made_ = now;
  }
  return text_;
}

}  // namespace fabrik::net
