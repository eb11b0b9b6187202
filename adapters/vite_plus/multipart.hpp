// A multipart/form-data body, read part by part without holding a part.
// Source: RFC 2046 section 5.1, RFC 7578.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http_exchange.hpp"
#include "net/task.hpp"

namespace fabrik::adapters {

// The boundary that a Content-Type names. nullopt: not multipart/form-data, or a
// boundary that is none.
std::optional<std::string> multipart_boundary(std::string_view content_type);

// Errors: those of read_body(), and invalid_argument for a body that is not made as
// announced or breaks off. Used by one coroutine; `exchange` outlives it.
class MultipartReader {
 public:
  MultipartReader(net::HttpExchange& exchange, std::string_view boundary)
      : exchange_(exchange), delimiter_("\r\n--" + std::string(boundary)) {}

  // Goes on to the next part, whatever is left of this one, and says its name.
  // nullopt: there are no more.
  net::Task<Result<std::optional<std::string>>> next_part();
  // The next bytes of the part, empty at its end; valid until the next call.
  net::Task<Result<Bytes>> read();

 private:
  net::Task<Result<void>> fill();
  net::Task<Result<std::string>> read_line();

  net::HttpExchange& exchange_;
  const std::string delimiter_;
  std::string buffer_ = "\r\n";  // so that the first delimiter is like the others
  std::string out_;
  bool in_part_ = true;  // before the first one: a preamble
};

}  // namespace fabrik::adapters
