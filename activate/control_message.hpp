// The little HTTP/1.1 that control sockets speak (docs/control-protocol.md): one
// request and one reply per connection, bodies with Content-Length. Pure
// functions over bytes; fuzzed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fabrik::activate {

// A config of 1 MiB may grow sixfold when JSON escapes it.
inline constexpr std::size_t kMaxControlBody = 8 * 1024 * 1024;
inline constexpr std::size_t kMaxControlHead = 8 * 1024;

struct ControlRequest {
  std::string method;
  std::string target;
  std::string body;
};

struct ControlReply {
  int status = 0;
  std::string body;
};

// Feed everything received so far. nullopt: not complete yet. An error is final:
// malformed, too large, or with bytes after the end.
Result<std::optional<ControlRequest>> parse_request(std::string_view received);
// `ended`: the other side has closed; a reply without Content-Length ends there.
Result<std::optional<ControlReply>> parse_reply(std::string_view received, bool ended);

std::string format_request(std::string_view method, std::string_view target, std::string_view body);
std::string format_reply(int status, std::string_view body);

}  // namespace fabrik::activate
