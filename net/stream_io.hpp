// One accepted socket: awaitable reads and writes that give up when their time is
// over. Nothing here knows HTTP.
//
// Deadlines cost one atomic store each: a watcher (the server's tick) looks at
// them now and then and calls expire(), which ends the pending operation.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>

#include "base/unique_fd.hpp"
#include "net/task.hpp"

namespace fabrik::net {

// Time that is only as exact as the tick that advances it; cheap to read.
// Thread-safe.
class CoarseClock {
 public:
  std::chrono::milliseconds now() const {
    return std::chrono::milliseconds(ms_.load(std::memory_order_relaxed));
  }
  // Reads the steady clock.
  void advance();

 private:
  std::atomic<std::int64_t> ms_{0};
};

// Used from its executor only, but for expire_if_due().
class StreamIo {
 public:
  // Takes the descriptor of a connected stream socket of that address family.
  StreamIo(boost::asio::any_io_executor executor, UniqueFd socket, int family,
           const CoarseClock& clock);

  // Bytes read, 0 at the end of the stream, on any error and when time is over.
  Task<std::size_t> read_some(std::span<char> buffer, std::chrono::milliseconds timeout);

  // Sends both pieces, in one system call where possible. The timeout starts anew
  // with every byte the client takes. False: the connection is lost.
  Task<bool> write(std::string_view first, std::string_view second,
                   std::chrono::milliseconds timeout);

  // The last operation ended because its time was over.
  bool timed_out() const { return timed_out_; }
  int fd() { return socket_.native_handle(); }

  // Ends a pending read: it takes what has arrived by now, or nothing. Later reads
  // wait as ever, so a request that has just begun to arrive is not cut short.
  void stop_waiting();
  // No more bytes from us; the client sees the end.
  void stop_writing();
  // Ends everything now; with `reset`, the client gets an error instead of an end.
  void abort(bool reset);
  // Makes the client's next bytes acknowledged at once: clients that send a head
  // and a body separately otherwise wait 40 ms in between.
  void acknowledge_at_once();

  // Thread-safe. Whether a pending operation is late.
  bool is_late() const;
  // On the executor: ends it if it still is.
  void expire_if_due();

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  void arm(std::chrono::milliseconds timeout);
  std::size_t read_at_once(std::span<char> buffer);
  void disarm() { deadline_.store(kNever, std::memory_order_relaxed); }

  boost::asio::generic::stream_protocol::socket socket_;
  const CoarseClock& clock_;
  std::atomic<std::int64_t> deadline_{kNever};  // ms on clock_
  bool is_tcp_ = false;
  bool writing_ = false;
  bool timed_out_ = false;
  std::size_t sent_without_pause_ = 0;
};

}  // namespace fabrik::net
