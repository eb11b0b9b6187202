#include "net/listen.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>

#include "net/socket_pair_address.hpp"

namespace fabrik::net {
namespace {

constexpr int kBacklog = 1024;

}  // namespace

Result<UniqueFd> listen_on_loopback(std::uint16_t port) {
  const std::string what = "listen on 127.0.0.1:" + std::to_string(port);
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    return fail_errno(what);
  }
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    return errno == EADDRINUSE ? fail(Errc::conflict, what + ": another program uses that port")
                               : fail_errno(what);
  }
  return fd;
}

Result<UniqueFd> listen_on_unix(const std::filesystem::path& path) {
  const std::string what = "listen on " + path.string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    return fail(Errc::invalid_argument, what + ": the path is too long for a socket");
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    return fail_errno(what);
  }
  ::unlink(path.c_str());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return fail_errno(what);
  }
  return fd;
}

Result<std::uint16_t> port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return fail_errno("read the port of descriptor " + std::to_string(fd));
  }
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) {
    return fail(Errc::invalid_argument,
                "read the port of descriptor " + std::to_string(fd) + ": it is no TCP socket");
  }
  return ntohs(tcp_endpoint(address).port);
}

}  // namespace fabrik::net
