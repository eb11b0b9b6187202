#include "cli/http_probe.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "activate/deadline.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::cli {
namespace {

template <class Int>
std::optional<Int> parse_number(std::string_view text) {
  Int value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Result<Address> socket_address(const HttpEndpoint& endpoint) {
  Address address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (::inet_pton(AF_INET, endpoint.host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    address.size = sizeof v4;
  } else if (::inet_pton(AF_INET6, endpoint.host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    address.size = sizeof v6;
  } else {
    return fail(Errc::invalid_argument, "\"" + endpoint.host +
                                            "\" is not an IP address; names other than "
                                            "localhost are not looked up");
  }
  return address;
}

std::string authority(const HttpEndpoint& endpoint) {
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

// A socket with one deadline over everything that is done with it.
class Connection {
 public:
  Connection(std::string peer, std::chrono::milliseconds timeout)
      : peer_(std::move(peer)), deadline_(timeout) {}

  Result<void> open(const Address& address) {
    fd_.reset(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd_) {
      return fail_errno("open a socket");
    }
    const auto* raw = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::connect(fd_.get(), raw, address.size) == 0) {
      return {};
    }
    if (errno != EINPROGRESS) {
      return refused(errno);
    }
    FABRIK_CHECK(wait(POLLOUT));
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error == 0 ? Result<void>{} : refused(error);
  }

  // A server may answer before it has read everything: a failed send is no
  // error as long as there is an answer to read.
  Result<void> send(std::string_view data) {
    while (!data.empty()) {
      const ssize_t sent = ::send(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        data.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        FABRIK_CHECK(wait(POLLOUT));
      } else if (errno == EPIPE || errno == ECONNRESET) {
        return {};
      } else if (errno != EINTR) {
        return fail_errno("send to " + peer_);
      }
    }
    return {};
  }

  Result<activate::ControlReply> receive() {
    std::string bytes;
    std::array<char, 64 * 1024> buffer;
    while (true) {
      const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        FABRIK_CHECK(wait(POLLIN));
        continue;
      }
      if (got < 0 && errno != ECONNRESET) {
        return fail_errno("receive from " + peer_);
      }
      bytes.append(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
      auto reply = activate::parse_reply(bytes, got <= 0);
      if (!reply) {
        return fail(Errc::invalid_argument, peer_ + " gives no proper HTTP answer");
      }
      if (*reply) {
        return **std::move(reply);
      }
    }
  }

 private:
  Result<void> refused(int error) const {
    return fail(Errc::unavailable, "connect to " + peer_ + ": " + std::strerror(error));
  }

  Result<void> wait(short events) const {
    while (true) {
      if (deadline_.passed()) {
        return fail(Errc::timeout, peer_ + " did not answer in time");
      }
      pollfd entry{.fd = fd_.get(), .events = events, .revents = 0};
      const int ready = ::poll(&entry, 1, deadline_.poll_ms());
      if (ready > 0) {
        return {};
      }
      if (ready < 0 && errno != EINTR) {
        return fail_errno("wait for " + peer_);
      }
    }
  }

  std::string peer_;
  activate::Deadline deadline_;
  UniqueFd fd_;
};

std::string head_of(const HttpEndpoint& endpoint, const ProbeRequest& request) {
  std::string head = request.method + " " + request.target +
                     " HTTP/1.1\r\nHost: " + authority(endpoint) + "\r\nConnection: close\r\n";
  if (!endpoint.token.empty()) {
    head += "Authorization: Bearer " + endpoint.token + "\r\n";
  }
  for (const auto& [name, value] : request.headers) {
    head += name + ": " + value + "\r\n";
  }
  if (!request.body.empty() || request.method == "PUT" || request.method == "POST") {
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return head + "\r\n";
}

}  // namespace

Result<HttpEndpoint> parse_http_url(std::string_view url) {
  const auto wrong = [url](std::string_view why) {
    return fail(Errc::invalid_argument, "\"" + std::string(url) + "\": " + std::string(why));
  };
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) {
    return wrong("expected http://ADDRESS:PORT/PATH");
  }
  const std::string_view rest = url.substr(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view host = rest.substr(0, slash);
  HttpEndpoint endpoint{.host = "", .port = 80, .target = std::string(rest.substr(slash))};
  if (endpoint.target.empty()) {
    endpoint.target = "/";
  }
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    const auto port = parse_number<std::uint16_t>(host.substr(colon + 1));
    if (!port || *port == 0) {
      return wrong("the port is not a number from 1 to 65535");
    }
    endpoint.port = *port;
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  endpoint.host = host == "localhost" ? "127.0.0.1" : std::string(host);
  FABRIK_CHECK(socket_address(endpoint));
  return endpoint;
}

Result<activate::ControlReply> http_probe(const HttpEndpoint& endpoint, const ProbeRequest& request,
                                          std::chrono::milliseconds timeout) {
  FABRIK_TRY(const Address address, socket_address(endpoint));
  Connection connection(authority(endpoint), timeout);
  FABRIK_CHECK(connection.open(address));
  FABRIK_CHECK(connection.send(head_of(endpoint, request)));
  FABRIK_CHECK(connection.send(request.body));
  return connection.receive();
}

}  // namespace fabrik::cli
