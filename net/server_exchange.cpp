#include "net/server_exchange.hpp"

#include <array>
#include <charconv>
#include <ctime>

namespace fabrik::net {
namespace {

std::string hex(std::size_t number) {
  std::array<char, 2 * sizeof number> digits{};
  return {digits.begin(), std::to_chars(digits.begin(), digits.end(), number, 16).ptr};
}

}  // namespace

Task<Result<void>> ServerExchange::begin(Response response, std::uint64_t length) {
  if (answered_) {
    co_return fail(Errc::internal, "answer a request: it is answered already");
  }
  answered_ = true;
  status_ = static_cast<int>(response.status);
  const bool drained = co_await parts_.body.drain();
  if (!drained || parts_.draining.load(std::memory_order_relaxed)) {
    keep_alive_ = false;
  }
  const Framing framing{.content_length = length, .keep_alive = keep_alive_, .http_11 = http_11_};
  parts_.out.clear();
  append_head(parts_.out, response, framing, parts_.date.at(std::time(nullptr)));
  co_return Result<void>{};
}

Task<Result<void>> ServerExchange::send(std::string_view first, std::string_view second) {
  if (!co_await parts_.io.write(first, second, parts_.limits.write_stall)) {
    keep_alive_ = false;
    co_return fail(Errc::cancelled, "send a response: the client went away or stopped reading");
  }
  co_return Result<void>{};
}

Task<Result<void>> ServerExchange::reply(Response response, std::string body) {
  FABRIK_CO_CHECK(co_await begin(std::move(response), body.size()));
  const bool head_only = parts_.request.method == Method::head;
  co_return co_await send(parts_.out, head_only ? std::string_view{} : std::string_view(body));
}

Task<Result<void>> ServerExchange::stream(Response response, BodySource& body) {
  if (body.size() == kUnknownLength) {
    co_return co_await stream_to_its_end(std::move(response), body);
  }
  std::uint64_t left = body.size();
  FABRIK_CO_CHECK(co_await begin(std::move(response), left));
  if (left == 0 || parts_.request.method == Method::head) {
    co_return co_await send(parts_.out, {});
  }
  std::string_view head = parts_.out;
  while (left != 0) {
    const Result<Bytes> piece = co_await body.next();
    if (!piece) {
      co_return cut(piece.error());
    }
    if (piece->empty() || piece->size() > left) {
      co_return cut({Errc::internal, "stream a response: its source has another length than said"});
    }
    left -= piece->size();
    FABRIK_CO_CHECK(co_await send(head, as_text(*piece)));
    head = {};
  }
  co_return Result<void>{};
}

// RFC 9112 7.1. Each chunk's length goes out together with the line end of the one before.
Task<Result<void>> ServerExchange::stream_to_its_end(Response response, BodySource& body) {
  keep_alive_ = keep_alive_ && http_11_;
  FABRIK_CO_CHECK(co_await begin(std::move(response), kUnknownLength));
  if (parts_.request.method == Method::head) {
    co_return co_await send(parts_.out, {});
  }
  std::string before = parts_.out;
  for (std::string_view line_end;; line_end = "\r\n") {
    const Result<Bytes> piece = co_await body.next();
    if (!piece) {
      co_return cut(piece.error());
    }
    if (http_11_) {
      before += line_end;
      before += hex(piece->size());
      before += piece->empty() ? "\r\n\r\n" : "\r\n";
    }
    FABRIK_CO_CHECK(co_await send(before, as_text(*piece)));
    if (piece->empty()) {
      co_return Result<void>{};
    }
    before.clear();
  }
}

// The client must never take what it has got for the whole.
Result<void> ServerExchange::cut(Error error) {
  keep_alive_ = false;
  parts_.io.abort(false);
  return fail(std::move(error));
}

}  // namespace fabrik::net
