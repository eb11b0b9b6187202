// Who is at the other end of an accepted local connection.
//
// Loopback TCP does not keep users apart, but the kernel knows which user owns the
// client's socket: an exact NETLINK_SOCK_DIAG lookup tells in some microseconds
// (sock_diag(7)); kernels without it have /proc/net/tcp. Unix sockets carry the
// answer themselves (SO_PEERCRED).
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/caller.hpp"

namespace fabrik::net {

// Thread-safe.
class PeerCheck {
 public:
  virtual ~PeerCheck() = default;
  // The uid that owns the peer of connected socket `fd`. not_found when the client
  // has closed its end already: a closed socket belongs to nobody and is reported
  // as root's, so it must never be trusted.
  virtual Result<uid_t> uid_of(int fd) = 0;
};

// Fails (unavailable) when this system has no way to tell.
Result<std::unique_ptr<PeerCheck>> open_peer_check();

// For such a system: knows the peers of Unix sockets; unavailable for all others,
// so that it takes a token (PeerPolicy) to be served.
std::unique_ptr<PeerCheck> unix_peer_check();

// Whom the cache port serves.
struct PeerPolicy {
  uid_t own_uid = 0;
  bool allow_root = true;  // root can read our memory and files anyway
  // Token mode: every request must present this (access_token.hpp), and a client
  // whose uid cannot be told is served. Empty: the uid decides alone.
  std::string token = {};
  // For servers that other machines reach: every request has to prove who sends it, and
  // neither the user id nor the Host header decides anything. Borrowed; nullptr: not so.
  Authenticator* authenticator = nullptr;

  bool admits(uid_t uid) const { return uid == own_uid || (allow_root && uid == 0); }
};

}  // namespace fabrik::net
