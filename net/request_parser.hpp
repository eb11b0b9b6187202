// HTTP/1.x requests from bytes to values. The only user of Beast.
//
// Stricter than Beast where two parties could disagree on where a message ends
// (RFC 9112 6.3, request smuggling): any repeated or listed Content-Length, any
// Transfer-Encoding other than exactly "chunked", and both together are refused.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "net/http_limits.hpp"
#include "net/http_message.hpp"
#include "net/request_guard.hpp"

namespace fabrik::net {

// One message at a time, fed in order; no I/O, no allocation from announced sizes.
class RequestParser {
 public:
  explicit RequestParser(const HttpLimits& limits);
  ~RequestParser();

  struct Step {
    std::size_t consumed = 0;  // bytes of the input that are dealt with
    bool done = false;         // head(): the head is complete; body(): the body has ended
    std::optional<Refusal> refusal;
  };

  // Starts a new message whose fields go to `request` (cleared; must stay alive).
  void start(Request& request);
  // Parses what it can; call again with more bytes while neither done nor refused.
  Step head(std::string_view data);

  // After the head:
  bool chunked() const;
  bool keep_alive() const;
  bool http_11() const;
  // Decodes chunked data; `piece` views into `data` and may be empty. Each call
  // yields at most one piece.
  Step body(std::string_view data, std::string_view& piece);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fabrik::net
