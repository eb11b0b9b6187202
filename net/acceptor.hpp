// Takes connections from one listening socket, and takes none while there is no
// room: they wait in the kernel's queue, where they cost nothing.
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/task.hpp"

namespace fabrik::net {

// How an acceptor sees its server. Called on the acceptor's executor.
struct AcceptorHooks {
  std::function<bool()> has_room;      // for one more connection
  std::function<void()> make_room;     // descriptors or places ran out
  std::function<void(UniqueFd)> take;  // an accepted, non-blocking socket
};

// Always owned by a shared_ptr.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  static Result<std::shared_ptr<Acceptor>> create(boost::asio::any_io_executor executor,
                                                  UniqueFd listener, AcceptorHooks hooks, Log& log);

  // Begins to accept. `on_stopped` runs when it has ended for good.
  void start(std::function<void()> on_stopped);
  // Thread-safe. The hooks are not called after on_stopped.
  void stop();
  // Thread-safe: there may be room again.
  void wake();

 private:
  Acceptor(boost::asio::any_io_executor executor, AcceptorHooks hooks, Log& log);

  Task<void> run();
  Task<void> wait_for_client();
  Task<void> pause(std::chrono::milliseconds time);
  // What to do about an accept(2) that failed.
  Task<void> recover(int error);

  boost::asio::any_io_executor executor_;
  boost::asio::posix::stream_descriptor listener_;
  boost::asio::steady_timer pause_;
  AcceptorHooks hooks_;
  Log& log_;
  bool stopping_ = false;        // on the executor only
  bool told_exhausted_ = false;  // likewise
};

}  // namespace fabrik::net
