#include "activate/listeners.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "activate/deadline.hpp"

namespace fabrik::activate {
namespace {

// Whole builds may queue while a worker starts. The kernel caps it at
// net.core.somaxconn.
constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kRetry{10};

Result<std::uint16_t> port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return fail_errno("ask for the port of a socket");
  }
  return ntohs(address.sin_port);
}

Result<TcpListener> try_listen(std::uint16_t port) {
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
    return errno == EADDRINUSE ? fail(Errc::conflict, what + ": another process uses this port")
                               : fail_errno(what);
  }
  FABRIK_TRY(const std::uint16_t actual, port_of(fd.get()));
  return TcpListener{std::move(fd), actual};
}

}  // namespace

Result<TcpListener> listen_tcp(std::uint16_t port, std::chrono::milliseconds patience) {
  const Deadline deadline(patience);
  for (;;) {
    auto listener = try_listen(port);
    if (listener || listener.error().code != Errc::conflict || deadline.passed()) {
      return listener;
    }
    std::this_thread::sleep_for(kRetry);
  }
}

Result<TcpListener> listen_tcp_as_before(std::uint16_t fixed, std::uint16_t sticky,
                                         std::chrono::milliseconds patience) {
  if (fixed != 0) {
    return listen_tcp(fixed, patience);
  }
  if (sticky != 0) {
    auto listener = listen_tcp(sticky, patience);
    if (listener) {
      return listener;
    }
  }
  return listen_tcp(0);
}

Result<UniqueFd> listen_unix(const std::filesystem::path& path) {
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

bool has_waiting_connection(const Listeners& listeners) {
  std::array<pollfd, 3> entries = {{{listeners.http.get(), POLLIN, 0},
                                    {listeners.grpc.get(), POLLIN, 0},
                                    {listeners.admin.get(), POLLIN, 0}}};
  return ::poll(entries.data(), entries.size(), 0) > 0;
}

SocketName name_of_socket(const std::filesystem::path& path) {
  struct stat info{};
  return {path, ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0};
}

bool is_in_place(const SocketName& name) {
  struct stat info{};
  return ::lstat(name.path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode) &&
         info.st_ino == name.inode;
}

}  // namespace fabrik::activate
