// The one line that tells whoever started us how it went: JSON, on the ready
// descriptor, which is closed afterwards, or on stdout when there is none.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace fabrik::daemon {

struct ReadyFacts {
  std::filesystem::path cache_dir;
  std::string degraded;                    // why writes are dropped; empty: they are not
  bool token_mode = false;                 // clients have to present the token
  std::optional<std::uint16_t> http_port;  // when we opened the socket ourselves
  std::optional<std::uint16_t> grpc_port;  // likewise
};

// {"ready":true,"cache_dir":"...","degraded":"...","token_mode":true,"http_port":N,
//  "grpc_port":N}
std::string ready_line(const ReadyFacts& facts);
// {"error":"...","code":"conflict"}
std::string error_line(const Error& error);

// Fails when nobody listens any more. Takes ownership of `ready_fd` (-1: stdout).
Result<void> tell_starter(int ready_fd, const std::string& line);

}  // namespace fabrik::daemon
