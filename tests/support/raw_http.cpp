#include "tests/support/raw_http.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace fabrik::testing {
namespace {

constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(60);

std::string lower(std::string text) {
  for (char& c : text) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

RawResponse parse_head(std::string_view head) {
  RawResponse response;
  response.status = std::stoi(std::string(head.substr(head.find(' ') + 1, 3)));
  std::size_t at = head.find("\r\n") + 2;
  while (at < head.size()) {
    const std::size_t end = std::min(head.find("\r\n", at), head.size());
    const std::string_view line = head.substr(at, end - at);
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) {
      response.headers[lower(std::string(line.substr(0, colon)))] = line.substr(colon + 2);
    }
    at = end + 2;
  }
  return response;
}

template <class Address>
RawClient connect_to(int family, const Address& address) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
  }
  return RawClient(std::move(fd));
}

}  // namespace

RawClient::RawClient(UniqueFd fd) : fd_(std::move(fd)) {
  set_timeout(kTimeout);
}

RawClient RawClient::tcp(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect_to(AF_INET, address);
}

RawClient RawClient::unix_socket(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return connect_to(AF_UNIX, address);
}

void RawClient::set_timeout(std::chrono::milliseconds timeout) {
  const timeval value{.tv_sec = timeout.count() / 1000, .tv_usec = (timeout.count() % 1000) * 1000};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &value, sizeof value);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string RawClient::read_some(std::size_t limit) {
  if (!buffered_.empty()) {
    std::string taken = buffered_.substr(0, limit);
    buffered_.erase(0, taken.size());
    return taken;
  }
  std::string bytes(limit, '\0');
  ssize_t got = 0;
  do {
    got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  } while (got < 0 && errno == EINTR);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::optional<RawResponse> RawClient::read_response(bool head_only) {
  std::string bytes;
  std::size_t end = std::string::npos;
  while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
    const std::string more = read_some();
    if (more.empty()) {
      return std::nullopt;
    }
    bytes += more;
  }
  RawResponse response = parse_head(std::string_view(bytes).substr(0, end + 2));
  bytes.erase(0, end + 4);
  const bool bodiless = head_only || response.status < 200 || response.status == 204;
  const std::size_t length = bodiless || !response.headers.contains("content-length")
                                 ? 0
                                 : std::stoull(response.headers.at("content-length"));
  while (bytes.size() < length) {
    const std::string more = read_some();
    if (more.empty()) {
      response.body = std::move(bytes);
      return response;
    }
    bytes += more;
  }
  response.body = bytes.substr(0, length);
  response.complete = true;
  buffered_ = bytes.substr(length) + buffered_;
  return response;
}

bool RawClient::sees_end() {
  for (;;) {
    std::array<char, 65536> dropped;
    const ssize_t got = ::recv(fd_.get(), dropped.data(), dropped.size(), 0);
    if (got == 0) {
      return true;
    }
    if (got < 0 && errno != EINTR) {
      return errno == ECONNRESET || errno == EPIPE;
    }
  }
}

void RawClient::shutdown_write() {
  ::shutdown(fd_.get(), SHUT_WR);
}

void RawClient::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  fd_.reset();
}

std::string request_text(std::uint16_t port, std::string_view method, std::string_view target,
                         std::string_view headers, std::optional<std::string_view> body) {
  std::string text(method);
  text.append(" ").append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1:");
  text.append(std::to_string(port)).append("\r\n").append(headers);
  if (body) {
    text.append("Content-Length: ").append(std::to_string(body->size())).append("\r\n");
  }
  text.append("\r\n");
  return body ? text.append(*body) : text;
}

RawResponse fetch(std::uint16_t port, std::string_view method, std::string_view target,
                  std::optional<std::string_view> body, std::string_view headers) {
  RawClient client = RawClient::tcp(port);
  client.send(request_text(port, method, target, headers, body));
  return client.read_response(method == "HEAD").value_or(RawResponse{});
}

}  // namespace fabrik::testing
