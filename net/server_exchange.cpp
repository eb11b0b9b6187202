#include "net/server_exchange.hpp"

#include <ctime>

namespace fabrik::net {

Task<Result<void>> ServerExchange::begin(Response response, std::uint64_t length) {
  if (answered_) {
    co_return fail(Errc::internal, "answer a request: it is answered already");
  }
  answered_ = true;
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

// The client must never take what it has got for the whole.
Result<void> ServerExchange::cut(Error error) {
  keep_alive_ = false;
  parts_.io.abort(false);
  return fail(std::move(error));
}

}  // namespace fabrik::net
