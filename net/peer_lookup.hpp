// The two ways to ask the kernel who owns a TCP socket. Internal to peer_check.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/socket_pair_address.hpp"

namespace fabrik::net {

// One cached netlink socket, one question at a time.
class SockDiag {
 public:
  static Result<UniqueFd> open_socket();
  explicit SockDiag(UniqueFd socket) : socket_(std::move(socket)) {}

  // The owner of the client's end of `connection`.
  Result<uid_t> client_uid(const SocketAddresses& connection);

 private:
  Result<uid_t> receive_answer(std::uint32_t sequence);

  std::mutex mutex_;  // guards the question-answer pair on the socket
  UniqueFd socket_;
  std::uint32_t sequence_ = 0;
};

// Reads /proc/net/tcp or tcp6: milliseconds instead of microseconds.
Result<uid_t> client_uid_from_proc(const SocketAddresses& connection);
// The same from the text of such a table. Pure.
Result<uid_t> client_uid_from_table(std::string_view table, const SocketAddresses& connection);

}  // namespace fabrik::net
