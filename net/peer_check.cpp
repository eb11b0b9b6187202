#include "net/peer_check.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "net/peer_lookup.hpp"

namespace fabrik::net {
namespace {

Result<uid_t> unix_peer_uid(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return fail_errno("read the credentials of a Unix socket's peer");
  }
  return credentials.uid;
}

class KernelPeerCheck final : public PeerCheck {
 public:
  KernelPeerCheck() {
    if (Result<UniqueFd> socket = SockDiag::open_socket()) {
      diag_.emplace(*std::move(socket));
    }
  }

  Result<uid_t> uid_of(int fd) override {
    FABRIK_TRY(const SocketAddresses addresses, addresses_of(fd));
    if (addresses.family == AF_UNIX) {
      return unix_peer_uid(fd);
    }
    return diag_ ? diag_->client_uid(addresses) : client_uid_from_proc(addresses);
  }

  void forget_netlink() { diag_.reset(); }

 private:
  std::optional<SockDiag> diag_;
};

class UnixPeerCheck final : public PeerCheck {
 public:
  Result<uid_t> uid_of(int fd) override {
    FABRIK_TRY(const SocketAddresses addresses, addresses_of(fd));
    if (addresses.family == AF_UNIX) {
      return unix_peer_uid(fd);
    }
    return fail(Errc::unavailable, "find out who connects: this system does not tell");
  }
};

// A loopback connection to ourselves: {client, accepted}.
Result<std::pair<UniqueFd, UniqueFd>> connect_to_self() {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (!listener || !client || ::bind(listener.get(), raw, size) != 0 ||
      ::listen(listener.get(), 1) != 0 || ::getsockname(listener.get(), raw, &size) != 0 ||
      ::connect(client.get(), raw, size) != 0) {
    return fail_errno("connect to ourselves over loopback");
  }
  UniqueFd accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!accepted) {
    return fail_errno("accept our own loopback connection");
  }
  return std::pair(std::move(client), std::move(accepted));
}

bool finds_ourselves(PeerCheck& check, int fd) {
  const Result<uid_t> uid = check.uid_of(fd);
  return uid && *uid == ::geteuid();
}

}  // namespace

Result<std::unique_ptr<PeerCheck>> open_peer_check() {
  auto check = std::make_unique<KernelPeerCheck>();
  FABRIK_TRY(const auto sockets, connect_to_self());
  if (finds_ourselves(*check, sockets.second.get())) {
    return check;
  }
  check->forget_netlink();  // some sandboxes open the socket but answer nothing
  if (finds_ourselves(*check, sockets.second.get())) {
    return check;
  }
  return fail(Errc::unavailable,
              "find out who connects to the cache port: neither NETLINK_SOCK_DIAG nor "
              "/proc/net/tcp works here, so other local users could not be kept out");
}

std::unique_ptr<PeerCheck> unix_peer_check() {
  return std::make_unique<UnixPeerCheck>();
}

}  // namespace fabrik::net
