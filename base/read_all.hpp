// Bounded reading from a descriptor.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace fabrik {

// Everything from the descriptor's position to its end; retries EINTR. too_large
// over `limit` bytes. Messages do not name the file: the caller knows it.
Result<std::string> read_all(int fd, std::uint64_t limit);

}  // namespace fabrik
