// The body of one request after another on one connection: pieces of at most
// kChunkSize through one reused buffer, for both ways of framing.
#pragma once

#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/body_pace.hpp"
#include "net/http_limits.hpp"
#include "net/http_message.hpp"
#include "net/input_buffer.hpp"
#include "net/request_parser.hpp"
#include "net/stream_io.hpp"
#include "net/task.hpp"

namespace fabrik::net {

// Used by the connection's coroutine only; borrows everything it is given.
class RequestBody {
 public:
  RequestBody(StreamIo& io, InputBuffer& input, RequestParser& parser, const CoarseClock& clock,
              const HttpLimits& limits);

  // After the head of `request` was parsed. With `expects_continue` the client
  // waits for "100 Continue", which the first next() sends.
  void start(const Request& request, bool expects_continue);

  // As HttpExchange::read_body().
  Task<Result<Bytes>> next();

  bool finished() const { return finished_; }
  // Reads and drops the rest. False: too much is left, it failed, or the client
  // still waits to be asked for it; the connection cannot be used again.
  Task<bool> drain();
  // Gives the buffer back while the connection is idle.
  void release() { buffer_.reset(); }

 private:
  Task<Result<Bytes>> next_of_length();
  Task<Result<Bytes>> next_chunk();
  Task<Result<void>> ask_for_body();
  // Reads once, within what the pace allows.
  Task<Result<std::size_t>> receive(std::span<char> space);
  std::unexpected<Error> broken(Errc code, std::string message);

  StreamIo& io_;
  InputBuffer& input_;
  RequestParser& parser_;
  const CoarseClock& clock_;
  const HttpLimits& limits_;
  BodyPace pace_;
  std::unique_ptr<char[]> buffer_;
  std::size_t buffer_size_ = 0;
  std::uint64_t remaining_ = 0;  // of a body with Content-Length
  bool chunked_ = false;
  bool finished_ = true;
  bool failed_ = false;
  bool awaits_continue_ = false;
};

}  // namespace fabrik::net
