// An HttpExchange without a network: the request is given, the response recorded.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/http_exchange.hpp"
#include "tests/support/run_task.hpp"

namespace fabrik::testing {

class FakeExchange final : public net::HttpExchange {
 public:
  // `target` is path and query: "/cache/ab?slug=x".
  FakeExchange(net::Method method, std::string_view method_name, std::string_view target) {
    request_.method = method;
    request_.method_name = method_name;
    const std::size_t mark = target.find('?');
    request_.path = target.substr(0, mark);
    request_.query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
    request_.headers.set("Host", "127.0.0.1:4000");
    request_.peer = "uid 1000";
  }

  FakeExchange& with_body(std::string body) {
    request_.content_length = body.size();
    body_ = std::move(body);
    return *this;
  }
  FakeExchange& with_header(std::string_view name, std::string_view value) {
    request_.headers.add(name, value);
    return *this;
  }
  // The client goes away (or whatever `error` says) after `sent` bytes of the body.
  FakeExchange& cut_after(std::size_t sent, Errc error = Errc::cancelled) {
    cut_ = std::pair(sent, error);
    return *this;
  }
  // For which the server has no time.
  FakeExchange& overloaded() {
    request_.overloaded = true;
    return *this;
  }
  // As a chunked upload.
  FakeExchange& without_length() {
    request_.content_length.reset();
    return *this;
  }
  FakeExchange& with_piece_size(std::size_t size) {
    piece_size_ = size;
    return *this;
  }

  const net::Request& request() const override { return request_; }

  net::Task<Result<Bytes>> read_body() override {
    if (cut_ && read_ >= cut_->first) {
      co_return fail(cut_->second, "the body broke off");
    }
    const std::size_t end = cut_ ? std::min(cut_->first, body_.size()) : body_.size();
    const std::size_t size = std::min(piece_size_, end - read_);
    // A copy of just this piece, so that a use after the next call is a fault
    // that AddressSanitizer sees.
    piece_ = std::make_shared<std::string>(body_.substr(read_, size));
    read_ += size;
    co_return as_bytes(*piece_);
  }

  net::Task<Result<void>> reply(net::Response response, std::string body) override {
    record(std::move(response));
    read_ = body_.size();  // the transport drops what was left unread
    announced_ = body.size();
    if (request_.method != net::Method::head) {
      sent_ = std::move(body);
    }
    co_return Result<void>();
  }

  net::Task<Result<void>> stream(net::Response response, net::BodySource& body) override {
    record(std::move(response));
    announced_ = body.size();
    if (request_.method == net::Method::head) {
      co_return Result<void>();
    }
    for (;;) {
      const Result<Bytes> piece = co_await body.next();
      if (!piece) {
        broken_ = true;
        co_return fail(piece.error());
      }
      if (piece->empty()) {
        co_return Result<void>();
      }
      sent_ += as_text(*piece);
    }
  }

  bool answered() const { return answers_ > 0; }
  unsigned status() const { return response_.status; }
  const std::string& sent() const { return sent_; }
  std::uint64_t announced() const { return announced_; }  // Content-Length
  bool broken() const { return broken_; }                 // the body was cut
  std::string header(std::string_view name) const {
    return std::string(response_.headers.get(name).value_or("(none)"));
  }
  bool has_header(std::string_view name) const { return response_.headers.get(name).has_value(); }

 private:
  void record(net::Response response) {
    EXPECT_EQ(++answers_, 1) << "answered twice";
    response_ = std::move(response);
  }

  net::Request request_;
  std::string body_;
  std::shared_ptr<std::string> piece_;
  std::size_t read_ = 0;
  std::size_t piece_size_ = 1000;
  std::optional<std::pair<std::size_t, Errc>> cut_;

  int answers_ = 0;
  net::Response response_;
  std::string sent_;
  std::uint64_t announced_ = 0;
  bool broken_ = false;
};

inline FakeExchange get(std::string_view target) {
  return {net::Method::get, "GET", target};
}
inline FakeExchange head(std::string_view target) {
  return {net::Method::head, "HEAD", target};
}
inline FakeExchange put(std::string_view target, std::string body) {
  FakeExchange exchange(net::Method::put, "PUT", target);
  exchange.with_body(std::move(body));
  return exchange;
}
inline FakeExchange post(std::string_view target, std::string body) {
  FakeExchange exchange(net::Method::post, "POST", target);
  exchange.with_body(std::move(body));
  return exchange;
}

// Lets the adapter answer the exchange.
inline void run(net::HttpAdapter& adapter, FakeExchange& exchange) {
  ASSERT_TRUE(adapter.claims(exchange.request())) << exchange.request().path;
  run_task(adapter.handle(exchange));
  EXPECT_TRUE(exchange.answered());
}
inline FakeExchange served(net::HttpAdapter& adapter, FakeExchange exchange) {
  run(adapter, exchange);
  return exchange;
}

}  // namespace fabrik::testing
