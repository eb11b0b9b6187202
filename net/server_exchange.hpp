// The server's HttpExchange: one request of one connection.
#pragma once

#include <string>

#include "net/http_exchange.hpp"
#include "net/http_limits.hpp"
#include "net/request_body.hpp"
#include "net/response_head.hpp"
#include "net/stream_io.hpp"

namespace fabrik::net {

// Borrows all it is given from its connection.
class ServerExchange final : public HttpExchange {
 public:
  struct Parts {
    const Request& request;
    RequestBody& body;
    StreamIo& io;
    std::string& out;  // scratch for heads, reused
    DateText& date;
    const HttpLimits& limits;
    const std::atomic<bool>& draining;  // the server is going away: close after this answer
  };
  ServerExchange(Parts parts, bool http_11, bool keep_alive)
      : parts_(parts), http_11_(http_11), keep_alive_(keep_alive) {}

  const Request& request() const override { return parts_.request; }
  Task<Result<Bytes>> read_body() override { return parts_.body.next(); }
  Task<Result<void>> reply(Response response, std::string body) override;
  Task<Result<void>> stream(Response response, BodySource& body) override;

  bool answered() const { return answered_; }
  // Meaningful once answered.
  int status() const { return status_; }
  // Whether another request may follow; meaningful once answered.
  bool keep_alive() const { return keep_alive_; }
  void close_afterwards() { keep_alive_ = false; }

 private:
  // Deals with the rest of the request and fills `out` with the head.
  Task<Result<void>> begin(Response response, std::uint64_t length);
  Task<Result<void>> stream_to_its_end(Response response, BodySource& body);
  Task<Result<void>> send(std::string_view first, std::string_view second);
  Result<void> cut(Error error);

  Parts parts_;
  bool http_11_;
  bool keep_alive_;
  bool answered_ = false;
  int status_ = 0;
};

}  // namespace fabrik::net
