// A connected stream socket, read and written by one blocked thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::ccache_helper {

// Not thread-safe. Errors: cancelled (the other side went away), timeout.
class ByteStream {
 public:
  ByteStream(UniqueFd socket, std::string peer);

  // For each single wait; none is set at first.
  void set_timeout(std::chrono::milliseconds timeout);

  Result<void> write(std::string_view bytes);
  // What has arrived, at least a byte; empty: the other side has ended.
  Result<std::string_view> read_some(std::span<char> buffer);
  // Fills all of it.
  Result<void> read_exactly(std::span<char> buffer);

  // Whether the other side has neither ended nor sent anything unasked.
  bool is_quiet() const;

 private:
  UniqueFd socket_;
  std::string peer_;  // for messages
};

}  // namespace fabrik::ccache_helper
