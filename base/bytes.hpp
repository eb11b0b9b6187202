// Views of raw bytes, and the way to and from text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace fabrik {

// Somebody else's bytes; valid as long as the owner says.
using Bytes = std::span<const std::byte>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The piece in which bodies and files are read, hashed and written everywhere.
inline constexpr std::size_t kChunkSize = 256 * 1024;

}  // namespace fabrik
