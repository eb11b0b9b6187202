#include "tests/support/http_fixture.hpp"

#include <fcntl.h>

#include <stdexcept>
#include <thread>

#include "base/digest.hpp"
#include "base/listen.hpp"

namespace fabrik::testing {
namespace {

constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(60);

net::Task<void> say(net::HttpExchange& exchange, unsigned status, std::string text) {
  net::Response response;
  response.status = status;
  static_cast<void>(co_await exchange.reply(std::move(response), std::move(text)));
}

class PatternSource final : public net::BodySource {
 public:
  struct Plan {
    std::uint64_t size;
    std::uint64_t fail_at;
    bool tells_size;
  };
  PatternSource(Plan plan, std::atomic<int>& live)
      : size_(plan.size), fail_at_(plan.fail_at), tells_size_(plan.tells_size), live_(live) {
    ++live_;
  }
  ~PatternSource() override { --live_; }
  std::uint64_t size() const override { return tells_size_ ? size_ : net::kUnknownLength; }
  net::Task<Result<Bytes>> next() override {
    if (at_ >= fail_at_) {
      co_return fail(Errc::corrupt, "the source is damaged");
    }
    const auto count = static_cast<std::size_t>(
        std::min({std::uint64_t{kChunkSize}, size_ - at_, fail_at_ - at_}));
    piece_ = pattern(at_, count);
    at_ += count;
    co_return as_bytes(piece_);
  }

 private:
  std::uint64_t size_;
  std::uint64_t fail_at_;
  bool tells_size_;
  std::uint64_t at_ = 0;
  std::string piece_;
  std::atomic<int>& live_;
};

}  // namespace

char pattern_byte(std::uint64_t position) {
  return static_cast<char>(position * 7 + position / 251 + position / 65536);
}

std::string pattern(std::uint64_t from, std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = pattern_byte(from + i);
  }
  return bytes;
}

bool TestAdapter::claims(const net::Request& request) const {
  return request.path != "/nobody";
}

net::Task<void> TestAdapter::handle(net::HttpExchange& exchange) {
  const net::Request& request = exchange.request();
  if (request.overloaded) {
    co_await say(exchange, 503, "overloaded");
  } else if (request.path == "/sink") {
    co_await sink(exchange);
  } else if (request.path == "/source") {
    co_await source(exchange);
  } else if (request.path == "/peer") {
    co_await say(exchange, 200, request.peer);
  } else if (request.path == "/throw") {
    throw std::runtime_error("on purpose");
  } else if (request.path != "/silent") {
    co_await say(exchange, 200, "ignored");
  }
}

net::Task<void> TestAdapter::sink(net::HttpExchange& exchange) {
  ++uploads_begun;
  Hasher hasher;
  std::uint64_t size = 0;
  for (;;) {
    const Result<Bytes> piece = co_await exchange.read_body();
    if (!piece) {
      {
        const std::lock_guard lock(mutex_);
        broken_.push_back(piece.error().code);
      }
      co_await say(exchange, 400, "broken: " + piece.error().message);
      co_return;
    }
    if (piece->empty()) {
      break;
    }
    hasher.update(*piece);
    size += piece->size();
  }
  co_await say(exchange, 200, std::to_string(size) + " " + hasher.finish().hex());
}

net::Task<void> TestAdapter::source(net::HttpExchange& exchange) {
  const auto number = [&](std::string_view name, std::uint64_t otherwise) {
    const auto text = exchange.request().query_parameter(name);
    return text ? std::stoull(*text) : otherwise;
  };
  PatternSource body({.size = number("size", 0),
                      .fail_at = number("fail", ~std::uint64_t{0}),
                      .tells_size = number("tell", 1) != 0},
                     live_sources);
  net::Response response;
  response.headers.set("content-type", "application/octet-stream");
  static_cast<void>(co_await exchange.stream(std::move(response), body));
}

std::vector<Errc> TestAdapter::broken_uploads() const {
  const std::lock_guard lock(mutex_);
  return broken_;
}

net::HttpLimits quick_limits() {
  net::HttpLimits limits;
  limits.tick = std::chrono::milliseconds(20);
  return limits;
}

HttpFixture::HttpFixture(FixtureOptions options)
    : peer_check_(options.peer_check ? std::move(options.peer_check)
                                     : net::open_peer_check().value()),
      runtime_({.io_threads = options.io_threads, .pool_threads = 1}),
      server_(std::make_unique<net::HttpServer>(runtime_, *peer_check_, options.policy,
                                                options.limits, *log_)) {
  UniqueFd socket = listen_on_loopback(0).value();
  port_ = port_of(socket.get()).value();
  listener_.reset(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  listen_on(std::move(socket));
}

HttpFixture::~HttpFixture() {
  server_.reset();
  runtime_.stop();
}

void HttpFixture::listen_on(UniqueFd socket) {
  server_->listen(std::move(socket), router_).value();
}

bool HttpFixture::eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) {
      return true;
    }
    std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return condition();
}

}  // namespace fabrik::testing
