#include "net/request_body.hpp"

#include <algorithm>
#include <cstring>

namespace fabrik::net {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t kChunkInput = 64 * 1024;  // input buffer while decoding chunks

}  // namespace

RequestBody::RequestBody(StreamIo& io, InputBuffer& input, RequestParser& parser,
                         const CoarseClock& clock, const HttpLimits& limits)
    : io_(io), input_(input), parser_(parser), clock_(clock), limits_(limits), pace_(limits) {}

void RequestBody::start(const Request& request, bool expects_continue) {
  chunked_ = parser_.chunked();
  remaining_ = chunked_ ? 0 : request.content_length.value_or(0);
  finished_ = !chunked_ && remaining_ == 0;
  failed_ = false;
  // A client that has begun to send does not wait any more.
  awaits_continue_ = expects_continue && !finished_ && input_.unread().empty();
  pace_ = BodyPace(limits_);
}

Task<Result<Bytes>> RequestBody::next() {
  if (failed_) {
    co_return fail(Errc::cancelled, "read a request body: it broke off before");
  }
  if (finished_) {
    co_return Bytes{};
  }
  FABRIK_CO_CHECK(co_await ask_for_body());
  co_return chunked_ ? co_await next_chunk() : co_await next_of_length();
}

Task<Result<void>> RequestBody::ask_for_body() {
  if (awaits_continue_) {
    awaits_continue_ = false;
    if (!co_await io_.write(kContinue, {}, limits_.write_stall)) {
      co_return broken(Errc::cancelled, "ask for a request body: the client went away");
    }
  }
  co_return Result<void>{};
}

Task<Result<Bytes>> RequestBody::next_of_length() {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, kChunkSize));
  std::string_view piece = input_.unread().substr(0, wanted);
  input_.consume(piece.size());
  if (piece.size() < wanted) {
    if (buffer_size_ < wanted || !buffer_) {
      buffer_ = std::make_unique_for_overwrite<char[]>(wanted);
      buffer_size_ = wanted;
    }
    std::memcpy(buffer_.get(), piece.data(), piece.size());
    std::size_t have = piece.size();
    while (have < wanted) {
      FABRIK_CO_TRY(const std::size_t got, co_await receive({buffer_.get() + have, wanted - have}));
      have += got;
    }
    piece = {buffer_.get(), wanted};
  }
  remaining_ -= piece.size();
  finished_ = remaining_ == 0;
  co_return as_bytes(piece);
}

Task<Result<Bytes>> RequestBody::next_chunk() {
  for (;;) {
    std::string_view piece;
    const RequestParser::Step step = parser_.body(input_.unread(), piece);
    input_.consume(step.consumed);
    if (step.refusal) {
      co_return broken(Errc::invalid_argument, "read a request body: " + step.refusal->reason);
    }
    finished_ = step.done;
    if (!piece.empty() || finished_) {
      co_return as_bytes(piece);
    }
    const std::span<char> space = input_.space(kChunkInput);
    if (space.empty()) {
      co_return broken(Errc::invalid_argument,
                       "read a request body: the line between two chunks has no end");
    }
    FABRIK_CO_TRY(const std::size_t got, co_await receive(space));
    input_.filled(got);
  }
}

Task<Result<std::size_t>> RequestBody::receive(std::span<char> space) {
  const std::chrono::milliseconds allowance = pace_.allowance();
  if (allowance.count() <= 0) {
    co_return broken(Errc::timeout, "read a request body: the client sends too slowly");
  }
  const std::chrono::milliseconds before = clock_.now();
  const std::size_t got = co_await io_.read_some(space, allowance);
  pace_.waited(clock_.now() - before, got);
  if (got == 0) {
    co_return io_.timed_out()
        ? broken(Errc::timeout, "read a request body: the client stopped sending")
        : broken(Errc::cancelled, "read a request body: the client went away before its end");
  }
  co_return got;
}

Task<bool> RequestBody::drain() {
  std::uint64_t dropped = 0;
  while (!finished_) {
    if (awaits_continue_ || dropped > limits_.drain_bytes ||
        remaining_ > limits_.drain_bytes - dropped) {
      co_return false;
    }
    const Result<Bytes> piece = co_await next();
    if (!piece) {
      co_return false;
    }
    dropped += piece->size();
  }
  co_return true;
}

std::unexpected<Error> RequestBody::broken(Errc code, std::string message) {
  failed_ = true;
  return fail(code, std::move(message));
}

}  // namespace fabrik::net
