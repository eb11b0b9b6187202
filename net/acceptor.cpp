#include "net/acceptor.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace fabrik::net {
namespace asio = boost::asio;
namespace {

using ErrorCode = boost::system::error_code;

constexpr std::chrono::milliseconds kRoomPause{1000};     // ended early by wake()
constexpr std::chrono::milliseconds kExhaustedPause{50};  // somebody may close a file meanwhile
constexpr std::chrono::milliseconds kUnknownErrorPause{500};

Task<void> keep_alive_and(std::shared_ptr<Acceptor> self, Task<void> work) {
  co_await std::move(work);
  static_cast<void>(self);
}

}  // namespace

Acceptor::Acceptor(asio::any_io_executor executor, AcceptorHooks hooks, Log& log)
    : executor_(std::move(executor)),
      listener_(executor_),
      pause_(executor_),
      hooks_(std::move(hooks)),
      log_(log) {}

Result<std::shared_ptr<Acceptor>> Acceptor::create(asio::any_io_executor executor,
                                                   UniqueFd listener, AcceptorHooks hooks,
                                                   Log& log) {
  const int flags = ::fcntl(listener.get(), F_GETFL);
  if (flags < 0 || ::fcntl(listener.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return fail_errno("prepare listening socket " + std::to_string(listener.get()));
  }
  std::shared_ptr<Acceptor> acceptor(new Acceptor(std::move(executor), std::move(hooks), log));
  ErrorCode error;
  acceptor->listener_.assign(listener.get(), error);
  if (error) {
    return fail(Errc::io, "watch a listening socket: " + error.message());
  }
  listener.release();
  return acceptor;
}

void Acceptor::start(std::function<void()> on_stopped) {
  asio::co_spawn(executor_, keep_alive_and(shared_from_this(), run()),
                 [on_stopped = std::move(on_stopped)](const std::exception_ptr&) { on_stopped(); });
}

void Acceptor::stop() {
  asio::post(executor_, [self = shared_from_this()] {
    ErrorCode ignored;
    self->stopping_ = true;
    self->listener_.close(ignored);
    self->pause_.cancel();
  });
}

void Acceptor::wake() {
  asio::post(executor_, [self = shared_from_this()] { self->pause_.cancel(); });
}

Task<void> Acceptor::pause(std::chrono::milliseconds time) {
  ErrorCode ignored;
  pause_.expires_after(time);
  co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Task<void> Acceptor::run() {
  while (!stopping_) {
    if (!hooks_.has_room()) {
      co_await wait_for_client();  // nobody has to go before somebody comes
      if (!stopping_ && !hooks_.has_room()) {
        hooks_.make_room();
        co_await pause(kRoomPause);
      }
      continue;
    }
    UniqueFd accepted(
        ::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted) {
      told_exhausted_ = false;
      hooks_.take(std::move(accepted));
    } else {
      co_await recover(errno);
    }
  }
}

Task<void> Acceptor::wait_for_client() {
  ErrorCode ignored;
  co_await listener_.async_wait(asio::posix::stream_descriptor::wait_read,
                                asio::redirect_error(asio::use_awaitable, ignored));
}

Task<void> Acceptor::recover(int error) {
  switch (error) {
    case EAGAIN:
      co_await wait_for_client();
      break;
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
      break;  // that client has gone
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      if (!std::exchange(told_exhausted_, true)) {
        log_.warn("out of descriptors or memory; new connections wait",
                  {{"error", errno_error("accept", error).message}});
      }
      hooks_.make_room();
      co_await pause(kExhaustedPause);
      break;
    default:
      log_.error("cannot accept connections", {{"error", errno_error("accept", error).message}});
      co_await pause(kUnknownErrorPause);
  }
}

}  // namespace fabrik::net
