#include "activate/listeners.hpp"

#include <poll.h>
#include <sys/stat.h>

#include <array>
#include <thread>

#include "activate/deadline.hpp"
#include "base/listen.hpp"

namespace fabrik::activate {
namespace {

constexpr std::chrono::milliseconds kRetry{10};

Result<TcpListener> try_listen(std::uint16_t port) {
  FABRIK_TRY(UniqueFd fd, listen_on_loopback(port));
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
