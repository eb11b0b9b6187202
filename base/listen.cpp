#include "base/listen.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace fabrik {
namespace {

// Whole builds may queue while a worker starts. The kernel caps it at
// net.core.somaxconn.
constexpr int kBacklog = 4096;

// A worker that is told to go cannot know whether a client that has connected is
// about to send. Unaccepted, it is the next worker's.
void accept_with_first_bytes([[maybe_unused]] int fd) {
#ifdef TCP_DEFER_ACCEPT
  const int seconds = 3;  // for clients that wait for something before they send
  ::setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
#endif
}

}  // namespace

Result<UniqueFd> listen_on_loopback(std::uint16_t port) {
  const std::string what = "listen on 127.0.0.1:" + std::to_string(port);
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    return fail_errno(what);
  }
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  accept_with_first_bytes(fd.get());
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    return errno == EADDRINUSE ? fail(Errc::conflict, what + ": another process uses this port")
                               : fail_errno(what);
  }
  return fd;
}

Result<UniqueFd> listen_on_unix(const std::filesystem::path& path) {
  const std::string what = "listen at " + path.string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    return fail(Errc::invalid_argument, what + ": the path is too long for a socket");
  }
  std::ranges::copy(path.native(), address.sun_path);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    return fail_errno(what);
  }
  ::unlink(path.c_str());
  // Nobody gets in between: the directory is 0700.
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return fail_errno(what);
  }
  return fd;
}

Result<std::uint16_t> port_of(int fd) {
  const std::string what = "read the port of descriptor " + std::to_string(fd);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return fail_errno(what);
  }
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return fail(Errc::invalid_argument, what + ": it is no TCP socket");
}

}  // namespace fabrik
