#include "net/http_connection.hpp"

#include <exception>

#include "net/access_token.hpp"

namespace fabrik::net {
namespace {

// How long and how much a client may go on sending to a connection that we are
// about to close: without this a reset could overtake our last answer.
constexpr std::chrono::milliseconds kLinger{2000};
constexpr std::size_t kLingerBytes = 4 * 1024 * 1024;

Response text_response(unsigned status) {
  Response response;
  response.status = status;
  response.headers.set("content-type", "text/plain; charset=utf-8");
  return response;
}

}  // namespace

// Counts one request while it is being worked on.
struct HttpConnection::Busy {
  Busy(ServerShared& server, bool is_cache_request) : shared(server), is_cache(is_cache_request) {
    shared.requests.fetch_add(1, std::memory_order_relaxed);
    shared.in_flight.fetch_add(1, std::memory_order_relaxed);
    shared.cache_in_flight.fetch_add(is_cache ? 1 : 0);
  }
  ~Busy() {
    if (is_cache) {
      shared.last_cache_request.store(std::chrono::steady_clock::now().time_since_epoch().count());
      shared.cache_in_flight.fetch_sub(1);
    }
    shared.in_flight.fetch_sub(1, std::memory_order_relaxed);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

  ServerShared& shared;
  bool is_cache;
};

HttpConnection::HttpConnection(boost::asio::any_io_executor executor, UniqueFd socket, int family,
                               Entrance entrance, std::shared_ptr<ServerShared> shared)
    : executor_(executor),
      shared_(std::move(shared)),
      entrance_(entrance),
      io_(std::move(executor), std::move(socket), family, shared_->clock),
      parser_(shared_->limits),
      body_(io_, input_, parser_, shared_->clock, shared_->limits) {
  idle_since_ = (shared_->clock.now() + shared_->limits.head_timeout).count();
}

// Before the first byte is read, while the client is surely still there.
void HttpConnection::identify_peer() {
  if (authenticator() != nullptr) {
    return;  // each request has to prove it
  }
  const Result<uid_t> uid = shared_->peer_check.uid_of(io_.fd());
  if (!uid && !shared_->policy.token.empty() && !entrance_.private_socket) {
    peer_ = "token";  // each request has to bring it
    return;
  }
  if (!uid) {
    peer_refusal_ = Refusal{403, "could not find out which user sent it"};
    shared_->log.debug("client not identified", {{"error", uid.error().message}});
    return;
  }
  peer_ = "uid " + std::to_string(*uid);
  if (!shared_->policy.admits(*uid)) {
    peer_refusal_ = Refusal{
        403, "this cache serves uid " + std::to_string(shared_->policy.own_uid) + ", not " + peer_};
  }
}

Task<void> HttpConnection::run() {
  identify_peer();
  for (;;) {
    const Head head = co_await read_head();
    if (head == Head::ended) {
      co_return;
    }
    if (head == Head::refused || !co_await answer_request()) {
      break;
    }
  }
  co_await let_client_read();
}

Task<HttpConnection::Head> HttpConnection::read_head() {
  parser_.start(request_);
  std::size_t used = 0;
  bool begun = false;
  auto head_due = std::chrono::steady_clock::time_point::max();
  for (;;) {
    // RFC 9112 2.2: some clients send an empty line after a body.
    while (!begun && input_.unread().starts_with("\r\n")) {
      input_.consume(2);
    }
    if (!input_.unread().empty()) {
      if (!begun) {
        head_due = std::chrono::steady_clock::now() + shared_->limits.head_timeout;
      }
      begun = true;
      idle_since_.store(kBusy, std::memory_order_relaxed);
      const RequestParser::Step step = parser_.head(input_.unread());
      input_.consume(step.consumed);
      used += step.consumed;
      if (step.refusal) {
        co_await refuse(*step.refusal);
        co_return Head::refused;
      }
      if (step.done) {
        co_return Head::complete;
      }
      io_.acknowledge_at_once();
    } else if (!begun) {
      body_.release();
      input_.shrink();
      if (served_ > 0) {
        shared_->clock.advance();  // a drain goes by the time since the last answer
        idle_since_.store(shared_->clock.now().count(), std::memory_order_relaxed);
      }
    }
    const std::size_t limit = shared_->limits.head_bytes;
    const std::span<char> space = input_.space(limit - std::min(limit, used));
    if (space.empty()) {
      co_await refuse({431, "its header is larger than " + std::to_string(limit) + " bytes"});
      co_return Head::refused;
    }
    // For the whole head: a byte now and then buys no more time.
    const auto patience = begun ? std::chrono::ceil<std::chrono::milliseconds>(
                                      head_due - std::chrono::steady_clock::now())
                                : shared_->limits.idle_timeout;
    const bool late = patience.count() <= 0;
    const std::size_t got = late ? 0 : co_await io_.read_some(space, patience);
    if (got == 0) {
      if (late || (begun && io_.timed_out())) {
        co_await refuse({408, "its header did not arrive in time"});
        co_return Head::refused;
      }
      co_return Head::ended;
    }
    input_.filled(got);
  }
}

std::optional<Refusal> HttpConnection::check_request() const {
  if (peer_refusal_) {
    return peer_refusal_;
  }
  if (!entrance_.private_socket && authenticator() == nullptr) {
    if (auto refusal = check_loopback_request(request_, entrance_.port)) {
      return refusal;
    }
    const std::string& token = shared_->policy.token;
    if (!token.empty() && !presents_token(request_.headers, token)) {
      return Refusal{401, "it does not carry this project's token; FABRIK_TOKEN has it"};
    }
  }
  const auto expect = request_.headers.get("expect");
  if (expect && !equal_ignoring_case(*expect, "100-continue")) {
    return Refusal{417, "only Expect: 100-continue is understood"};
  }
  return std::nullopt;
}

Task<std::optional<Refusal>> HttpConnection::check_caller() {
  request_.caller.reset();
  request_.peer = peer_;
  const HttpAdapter* adapter =
      authenticator() == nullptr ? nullptr : entrance_.router->find(request_);
  const auto needed = adapter == nullptr ? std::nullopt : adapter->needs(request_);
  if (!needed) {
    co_return std::nullopt;
  }
  if (request_.headers.count("authorization") > 1) {
    co_return Refusal{400, "more than one Authorization header"};
  }
  Result<Caller> caller =
      co_await authenticator()->authenticate(request_.headers.get("authorization").value_or(""));
  if (!caller) {
    co_return Refusal{caller.error().code == Errc::unavailable ? 503U : 401U,
                      caller.error().message};
  }
  if (!caller->scopes.has(*needed)) {
    co_return Refusal{403, "the token does not grant " + std::string(name(*needed))};
  }
  request_.peer = "token " + caller->subject;
  request_.caller = *std::move(caller);
  co_return std::nullopt;
}

// False: the connection ends here.
Task<bool> HttpConnection::answer_request() {
  const bool waits = parser_.http_11() && request_.headers.get("expect").has_value();
  body_.start(request_, waits);
  if (const std::optional<Refusal> refusal = check_request()) {
    co_await refuse(*refusal);
    co_return false;
  }
  if (const std::optional<Refusal> refusal = co_await check_caller()) {
    co_await refuse(*refusal);
    co_return false;
  }
  if (!body_.finished()) {
    io_.acknowledge_at_once();
  }
  const Busy busy(*shared_, !entrance_.private_socket);
  const ServerExchange::Parts parts{request_,         body_, io_, out_, date_, shared_->limits,
                                    shared_->draining};
  ServerExchange exchange(parts, parser_.http_11(), parser_.keep_alive());
  // People who look at an overloaded server must see something.
  const bool queues = !entrance_.private_socket;
  request_.overloaded =
      queues && !co_await shared_->slots.acquire(executor_, shared_->limits.queue_patience);
  const auto since = std::chrono::steady_clock::now();
  co_await handle(exchange);
  if (queues && !request_.overloaded) {
    shared_->slots.release();
  }
  observe(exchange, since);
  ++served_;
  co_return exchange.keep_alive();
}

Task<void> HttpConnection::handle(ServerExchange& exchange) {
  std::string failure;
  try {
    if (HttpAdapter* adapter = entrance_.router->find(request_)) {
      co_await adapter->handle(exchange);
    } else {
      static_cast<void>(co_await exchange.reply(text_response(404),
                                                "fabrik: no enabled build tool uses this path\n"));
    }
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (exchange.answered() && failure.empty()) {
    co_return;
  }
  shared_->log.error("a request was not answered",
                     {{"method", request_.method_name},
                      {"path", request_.path},
                      {"error", failure.empty() ? "the adapter forgot" : failure}});
  if (exchange.answered()) {
    exchange.close_afterwards();
    io_.abort(false);  // the response may be half sent
  } else {
    static_cast<void>(co_await exchange.reply(text_response(500), "fabrik: internal error\n"));
  }
}

void HttpConnection::observe(const ServerExchange& exchange,
                             std::chrono::steady_clock::time_point since) const {
  if (shared_->observer == nullptr || entrance_.private_socket) {
    return;
  }
  const HttpAdapter* adapter = entrance_.router->find(request_);
  shared_->observer->ended({.tool = adapter == nullptr ? "" : adapter->name(),
                            .method = request_.method_name,
                            .path = request_.path,
                            .status = exchange.status(),
                            .peer = request_.peer,
                            .traceparent = request_.headers.get("traceparent").value_or(""),
                            .duration = std::chrono::steady_clock::now() - since});
}

Task<void> HttpConnection::refuse(Refusal refusal) {
  shared_->refused.fetch_add(1, std::memory_order_relaxed);
  const std::string body = "fabrik: request refused: " + refusal.reason + "\n";
  out_.clear();
  const Framing framing{.content_length = body.size(), .keep_alive = false, .http_11 = true};
  Response response = text_response(refusal.status);
  if (refusal.status == 401) {
    response.headers.set("www-authenticate", "Basic realm=\"fabrik\"");  // RFC 9110 11.6.1
  }
  append_head(out_, response, framing, date_.at(std::time(nullptr)));
  const bool head_only = request_.method == Method::head;
  co_await io_.write(out_, head_only ? std::string_view{} : std::string_view(body),
                     shared_->limits.write_stall);
}

Task<void> HttpConnection::let_client_read() {
  io_.stop_writing();
  if (body_.finished() && input_.unread().empty() && shared_->draining.load()) {
    co_return;
  }
  const std::chrono::milliseconds end = shared_->clock.now() + kLinger;
  for (std::size_t dropped = 0; dropped < kLingerBytes && shared_->clock.now() < end;) {
    input_.consume(input_.unread().size());
    const std::size_t got =
        co_await io_.read_some(input_.space(shared_->limits.head_bytes), kLinger);
    if (got == 0) {
      break;
    }
    dropped += got;
  }
}

void HttpConnection::close_if_quiet(std::chrono::milliseconds least) {
  if (idle_since() == kBusy) {
    return;
  }
  const auto allowed = served_ > 0 ? std::chrono::milliseconds(0) : shared_->limits.head_timeout;
  const auto since = std::chrono::milliseconds(idle_since()) - allowed;
  if (shared_->clock.now() - since >= least) {
    io_.stop_waiting();
  }
}

}  // namespace fabrik::net
