#include "net/stream_io.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace fabrik::net {
namespace asio = boost::asio;
namespace {

using ErrorCode = boost::system::error_code;

// A client that takes everything at once must not keep a thread to itself.
constexpr std::size_t kPauseAfter = 1024 * 1024;

// What is left of two pieces after `sent` bytes.
void skip(std::string_view& first, std::string_view& second, std::size_t sent) {
  const std::size_t of_first = std::min(sent, first.size());
  first.remove_prefix(of_first);
  second.remove_prefix(sent - of_first);
}

ssize_t send_now(int fd, std::string_view first, std::string_view second) {
  std::array<iovec, 2> pieces = {iovec{const_cast<char*>(first.data()), first.size()},
                                 iovec{const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

}  // namespace

void CoarseClock::advance() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  ms_.store(std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
            std::memory_order_relaxed);
}

StreamIo::StreamIo(asio::any_io_executor executor, UniqueFd socket, int family,
                   const CoarseClock& clock)
    : socket_(executor), clock_(clock), is_tcp_(family != AF_UNIX) {
  ErrorCode error;
  const int protocol = is_tcp_ ? IPPROTO_TCP : 0;
  socket_.assign(asio::generic::stream_protocol(family, protocol), socket.get(), error);
  if (error) {
    return;  // every operation will fail, and the connection end
  }
  socket.release();
  if (is_tcp_) {
    const int on = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
}

void StreamIo::arm(std::chrono::milliseconds timeout) {
  timed_out_ = false;
  deadline_.store((clock_.now() + timeout).count(), std::memory_order_relaxed);
}

Task<std::size_t> StreamIo::read_some(std::span<char> buffer, std::chrono::milliseconds timeout) {
  arm(timeout);
  ErrorCode error;
  const std::size_t got = co_await socket_.async_read_some(
      asio::buffer(buffer.data(), buffer.size()), asio::redirect_error(asio::use_awaitable, error));
  disarm();
  sent_without_pause_ = 0;
  const std::size_t count =
      error == asio::error::operation_aborted ? read_at_once(buffer) : (error ? 0 : got);
  timed_out_ = timed_out_ && count == 0;
  co_return count;
}

std::size_t StreamIo::read_at_once(std::span<char> buffer) {
  const ssize_t got = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

Task<bool> StreamIo::write(std::string_view first, std::string_view second,
                           std::chrono::milliseconds timeout) {
  ErrorCode error;
  while (!first.empty() || !second.empty()) {
    const ssize_t sent = send_now(socket_.native_handle(), first, second);
    if (sent >= 0) {
      skip(first, second, static_cast<std::size_t>(sent));
      sent_without_pause_ += static_cast<std::size_t>(sent);
      continue;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      co_return false;
    }
    arm(timeout);
    writing_ = true;
    co_await socket_.async_wait(asio::socket_base::wait_write,
                                asio::redirect_error(asio::use_awaitable, error));
    writing_ = false;
    disarm();
    sent_without_pause_ = 0;
    if (error || timed_out_) {
      co_return false;
    }
  }
  if (sent_without_pause_ > kPauseAfter) {
    sent_without_pause_ = 0;
    co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  }
  co_return true;
}

void StreamIo::stop_waiting() {
  ErrorCode ignored;
  socket_.cancel(ignored);
}

void StreamIo::stop_writing() {
  ::shutdown(socket_.native_handle(), SHUT_WR);
}

void StreamIo::abort(bool reset) {
  if (reset && is_tcp_) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  ::shutdown(socket_.native_handle(), SHUT_RDWR);
}

void StreamIo::acknowledge_at_once() {
  if (is_tcp_) {
    const int on = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  }
}

bool StreamIo::is_late() const {
  return deadline_.load(std::memory_order_relaxed) <= clock_.now().count();
}

void StreamIo::expire_if_due() {
  if (!is_late()) {
    return;
  }
  disarm();
  timed_out_ = true;
  if (writing_) {
    abort(true);
  } else {
    stop_waiting();
  }
}

}  // namespace fabrik::net
