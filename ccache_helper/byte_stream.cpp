#include "ccache_helper/byte_stream.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

namespace fabrik::ccache_helper {

ByteStream::ByteStream(UniqueFd socket, std::string peer)
    : socket_(std::move(socket)), peer_(std::move(peer)) {}

void ByteStream::set_timeout(std::chrono::milliseconds timeout) {
  const timeval value{.tv_sec = timeout.count() / 1000, .tv_usec = timeout.count() % 1000 * 1000};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &value, sizeof value);
}

Result<void> ByteStream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      return fail(Errc::timeout, "send to " + peer_ + ": it takes nothing");
    } else if (errno != EINTR) {
      return fail(Errc::cancelled, errno_error("send to " + peer_).message);
    }
  }
  return {};
}

Result<std::string_view> ByteStream::read_some(std::span<char> buffer) {
  for (;;) {
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got >= 0) {
      return std::string_view(buffer.data(), static_cast<std::size_t>(got));
    }
    if (errno == EAGAIN) {
      return fail(Errc::timeout, "receive from " + peer_ + ": it sends nothing");
    }
    if (errno != EINTR) {
      return fail(Errc::cancelled, errno_error("receive from " + peer_).message);
    }
  }
}

Result<void> ByteStream::read_exactly(std::span<char> buffer) {
  while (!buffer.empty()) {
    FABRIK_TRY(const std::string_view got, read_some(buffer));
    if (got.empty()) {
      return fail(Errc::cancelled, peer_ + " ended in the middle");
    }
    buffer = buffer.subspan(got.size());
  }
  return {};
}

bool ByteStream::is_quiet() const {
  char byte = 0;
  return ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace fabrik::ccache_helper
