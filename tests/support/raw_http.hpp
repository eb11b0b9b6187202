// A blocking HTTP client that sends exactly the bytes it is told to, however
// wrong, and never waits for ever.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace fabrik::testing {

struct RawResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  bool complete = false;  // as many bytes as Content-Length said

  // Empty when it is not there.
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

class RawClient {
 public:
  // Throw std::runtime_error when the connection fails.
  static RawClient tcp(std::uint16_t port);
  static RawClient unix_socket(const std::filesystem::path& path);
  explicit RawClient(UniqueFd fd);

  // False: the server has closed.
  bool send(std::string_view bytes);
  // The next response. nullopt: the connection ended before a whole head, or the
  // timeout passed. With `head_only` no body is expected, as after HEAD.
  std::optional<RawResponse> read_response(bool head_only = false);
  // Up to `limit` bytes of whatever comes next; empty at the end or timeout.
  std::string read_some(std::size_t limit = 65536);
  // Whether the server ends the connection (cleanly or not) within the timeout,
  // after any further bytes.
  bool sees_end();

  void shutdown_write();
  void close() { fd_.reset(); }
  // Closes with a reset instead of an end.
  void reset();
  int fd() const { return fd_.get(); }
  void set_timeout(std::chrono::milliseconds timeout);

 private:
  UniqueFd fd_;
  std::string buffered_;
};

// "GET /x HTTP/1.1" with the right Host, extra header lines ("A: b\r\n") and body
// (adds Content-Length).
std::string request_text(std::uint16_t port, std::string_view method, std::string_view target,
                         std::string_view headers = {},
                         std::optional<std::string_view> body = std::nullopt);

// One request on a connection of its own. Status 0: no answer.
RawResponse fetch(std::uint16_t port, std::string_view method, std::string_view target,
                  std::optional<std::string_view> body = std::nullopt,
                  std::string_view headers = {});

}  // namespace fabrik::testing
