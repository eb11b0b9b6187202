#include "activate/control_message.hpp"

#include <algorithm>
#include <charconv>

namespace fabrik::activate {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

struct Head {
  std::string_view first_line;
  std::optional<std::size_t> content_length;
  std::size_t size = 0;  // with the empty line
};

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Errc::invalid_argument, "control message: " + std::string(what));
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Result<std::size_t> parse_length(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return malformed("Content-Length is not a number");
  }
  if (value > kMaxControlBody) {
    return fail(Errc::too_large, "control message: the body is too large");
  }
  return value;
}

Result<void> read_header(std::string_view line, Head& head) {
  const auto colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos ||
      line.substr(0, colon).find_first_of(" \t") != std::string_view::npos) {
    return malformed("a header line has no name");
  }
  const auto name = line.substr(0, colon);
  if (equal_ignoring_case(name, "transfer-encoding")) {
    return malformed("Transfer-Encoding is not supported");
  }
  if (equal_ignoring_case(name, "content-length")) {
    if (head.content_length) {
      return malformed("Content-Length is given twice");
    }
    FABRIK_TRY(head.content_length, parse_length(trim(line.substr(colon + 1))));
  }
  return {};
}

Result<std::optional<Head>> parse_head(std::string_view received) {
  const auto end = received.substr(0, kMaxControlHead).find(kHeadEnd);
  if (end == std::string_view::npos) {
    if (received.size() >= kMaxControlHead) {
      return fail(Errc::too_large, "control message: the head is too large");
    }
    return std::nullopt;
  }
  Head head;
  head.size = end + kHeadEnd.size();
  std::string_view rest = received.substr(0, end + kLineEnd.size());
  const auto next_line = [&] {
    const auto at = rest.find(kLineEnd);
    const auto line = rest.substr(0, at);
    rest.remove_prefix(at + kLineEnd.size());
    return line;
  };
  head.first_line = next_line();
  while (!rest.empty()) {
    FABRIK_CHECK(read_header(next_line(), head));
  }
  return head;
}

bool is_target(std::string_view text) {
  return text.starts_with('/') &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

bool is_method(std::string_view text) {
  return !text.empty() && text.size() <= 16 &&
         std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Result<int> parse_status_line(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  int status = 0;
  if (!line.starts_with(kVersion) || line.size() < 12 || line[8] != ' ' ||
      std::from_chars(line.data() + 9, line.data() + 12, status).ptr != line.data() + 12 ||
      (line.size() > 12 && line[12] != ' ') || status < 100 || status > 599) {
    return malformed("the reply does not start with an HTTP status");
  }
  return status;
}

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 409:
      return "Conflict";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

}  // namespace

Result<std::optional<ControlRequest>> parse_request(std::string_view received) {
  FABRIK_TRY(const auto head, parse_head(received));
  if (!head) {
    return std::nullopt;
  }
  const std::string_view line = head->first_line;
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last ||
      !line.substr(last + 1).starts_with("HTTP/1.")) {
    return malformed("the request does not start with \"METHOD /target HTTP/1.1\"");
  }
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  if (!is_method(method) || !is_target(target)) {
    return malformed("the request has no usable method and target");
  }
  const std::string_view body = received.substr(head->size);
  const std::size_t length = head->content_length.value_or(0);
  if (body.size() > length) {
    return malformed("bytes follow the end of the request");
  }
  if (body.size() < length) {
    return std::nullopt;
  }
  return ControlRequest{std::string(method), std::string(target), std::string(body)};
}

Result<std::optional<ControlReply>> parse_reply(std::string_view received, bool ended) {
  FABRIK_TRY(const auto head, parse_head(received));
  if (!head) {
    return ended ? Result<std::optional<ControlReply>>(malformed("the reply ends in its head"))
                 : std::nullopt;
  }
  FABRIK_TRY(const int status, parse_status_line(head->first_line));
  const std::string_view body = received.substr(head->size);
  if (body.size() > kMaxControlBody) {
    return fail(Errc::too_large, "control message: the body is too large");
  }
  if (!head->content_length) {
    return ended ? std::optional(ControlReply{status, std::string(body)}) : std::nullopt;
  }
  if (body.size() >= *head->content_length) {
    return ControlReply{status, std::string(body.substr(0, *head->content_length))};
  }
  if (ended) {
    return malformed("the reply ends in its body");
  }
  return std::nullopt;
}

std::string format_request(std::string_view method, std::string_view target,
                           std::string_view body) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  if (!body.empty() || method == "POST") {
    text.append("Content-Type: application/json\r\nContent-Length: ");
    text.append(std::to_string(body.size())).append(kLineEnd);
  }
  return text.append("Connection: close\r\n\r\n").append(body);
}

std::string format_reply(int status, std::string_view body) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
  text.append(reason(status)).append("\r\nContent-Type: application/json\r\nContent-Length: ");
  text.append(std::to_string(body.size())).append("\r\nConnection: close\r\n\r\n");
  return text.append(body);
}

}  // namespace fabrik::activate
