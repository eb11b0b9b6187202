#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cstring>

#include "net/peer_lookup.hpp"

namespace fabrik::net {
namespace {

struct Question {
  nlmsghdr header{};
  inet_diag_req_v2 body{};
};

Question question_about(const SocketAddresses& connection, std::uint32_t sequence) {
  Question question;
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.header.nlmsg_seq = sequence;
  question.body.sdiag_family = static_cast<__u8>(connection.family);
  question.body.sdiag_protocol = IPPROTO_TCP;
  question.body.idiag_states = ~0U;
  // The client's own view: its source is our remote.
  question.body.id.idiag_sport = connection.remote.port;
  question.body.id.idiag_dport = connection.local.port;
  std::memcpy(question.body.id.idiag_src, connection.remote.address.data(), 16);
  std::memcpy(question.body.id.idiag_dst, connection.local.address.data(), 16);
  question.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  question.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return question;
}

Result<uid_t> read_answer(const nlmsghdr& header, const void* payload) {
  if (header.nlmsg_type == NLMSG_ERROR) {
    nlmsgerr error{};
    std::memcpy(&error, payload, sizeof error);
    if (error.error == -ENOENT) {
      return fail(Errc::not_found, "look up the client of a connection: it is gone");
    }
    return fail_errno("look up the client of a connection", -error.error);
  }
  inet_diag_msg message{};
  std::memcpy(&message, payload, sizeof message);
  if (message.idiag_inode == 0) {
    return fail(Errc::not_found, "look up the client of a connection: it has closed its end");
  }
  return message.idiag_uid;
}

}  // namespace

Result<UniqueFd> SockDiag::open_socket() {
  UniqueFd socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!socket) {
    return fail_errno("open a NETLINK_SOCK_DIAG socket");
  }
  // The kernel answers within the send; the timeout only guards against surprises.
  const timeval timeout{.tv_sec = 1, .tv_usec = 0};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0) {
    return fail_errno("set a timeout on a NETLINK_SOCK_DIAG socket");
  }
  return socket;
}

Result<uid_t> SockDiag::client_uid(const SocketAddresses& connection) {
  const std::lock_guard lock(mutex_);
  const Question question = question_about(connection, ++sequence_);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (::sendto(socket_.get(), &question, sizeof question, MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) < 0) {
    return fail_errno("ask the kernel for the client of a connection");
  }
  return receive_answer(question.header.nlmsg_seq);
}

Result<uid_t> SockDiag::receive_answer(std::uint32_t sequence) {
  alignas(nlmsghdr) std::array<char, 8192> buffer;
  for (;;) {
    const ssize_t received = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (received < 0) {
      if (errno == EINTR) {
        continue;
      }
      return fail_errno("read the kernel's answer about the client of a connection");
    }
    nlmsghdr header{};
    std::memcpy(&header, buffer.data(), sizeof header);
    const std::size_t needed =
        NLMSG_HDRLEN +
        (header.nlmsg_type == NLMSG_ERROR ? sizeof(nlmsgerr) : sizeof(inet_diag_msg));
    if (static_cast<std::size_t>(received) < needed || header.nlmsg_len < needed) {
      return fail(Errc::io, "read the kernel's answer about the client of a connection: too short");
    }
    if (header.nlmsg_seq == sequence) {  // an answer that came too late once is skipped
      return read_answer(header, buffer.data() + NLMSG_HDRLEN);
    }
  }
}

}  // namespace fabrik::net
