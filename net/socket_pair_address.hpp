// The two addresses of a connected TCP socket. Internal to peer_check.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "base/result.hpp"

namespace fabrik::net {

struct TcpEndpoint {
  std::array<std::uint32_t, 4> address{};  // network byte order; IPv4 uses the first word
  std::uint16_t port = 0;                  // network byte order
};

struct SocketAddresses {
  int family = AF_UNSPEC;  // AF_INET, AF_INET6 or AF_UNIX (then nothing else is set)
  TcpEndpoint local;
  TcpEndpoint remote;
};

inline TcpEndpoint tcp_endpoint(const sockaddr_storage& storage) {
  TcpEndpoint endpoint;
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    endpoint.address[0] = v4.sin_addr.s_addr;
    endpoint.port = v4.sin_port;
  } else {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &storage, sizeof v6);
    std::memcpy(endpoint.address.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    endpoint.port = v6.sin6_port;
  }
  return endpoint;
}

inline Result<SocketAddresses> addresses_of(int fd) {
  sockaddr_storage local{};
  sockaddr_storage remote{};
  socklen_t local_size = sizeof local;
  socklen_t remote_size = sizeof remote;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &local_size) != 0) {
    return fail_errno("read the local address of a connection");
  }
  SocketAddresses addresses;
  addresses.family = local.ss_family;
  if (addresses.family != AF_INET && addresses.family != AF_INET6) {
    return addresses;
  }
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&remote), &remote_size) != 0) {
    return fail_errno("read the client's address");
  }
  addresses.local = tcp_endpoint(local);
  addresses.remote = tcp_endpoint(remote);
  return addresses;
}

}  // namespace fabrik::net
