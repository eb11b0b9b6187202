// The head of a response as bytes. Pure, but for the clock behind Date.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_message.hpp"

namespace fabrik::net {

struct Framing {
  std::uint64_t content_length = 0;  // or kUnknownLength: in chunks
  bool keep_alive = true;
  bool http_11 = true;  // what the client spoke
};

// Appends status line, the transport's own fields and the response's to `out`.
// Fields that are the transport's business, and any whose name or value could
// break out of its line, are left out. 204 and 304 get no Content-Length.
void append_head(std::string& out, const Response& response, const Framing& framing,
                 std::string_view date);

// The reason phrase of a status: "Not Found".
std::string_view reason_phrase(unsigned status);

// The Date field's value, made once per second. Not thread-safe.
class DateText {
 public:
  std::string_view at(std::time_t now);

 private:
  std::time_t made_ = -1;
  std::string text_;
};

}  // namespace fabrik::net
