// Serialised REAPI messages for tests, put together by hand.
#pragma once

#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "cache/entry.hpp"

namespace fabrik::testing {

inline cache::BlobRef ref_of(std::string_view bytes) {
  return {.digest = sha256(as_bytes(bytes)), .size = bytes.size()};
}

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) {
    bytes += static_cast<char>(value | 0x80);
  }
  return bytes + static_cast<char>(value);
}
inline std::string number_field(unsigned number, std::uint64_t value) {
  return varint(number << 3U) + varint(value);
}
inline std::string bytes_field(unsigned number, std::string_view bytes) {
  return varint(number << 3U | 2U) + varint(bytes.size()) + std::string(bytes);
}

inline std::string digest_message(std::string_view bytes) {
  return bytes_field(1, ref_of(bytes).digest.hex()) +
         (bytes.empty() ? "" : number_field(2, bytes.size()));
}
inline std::string action_with_file(std::string_view path, std::string_view bytes) {
  return bytes_field(2, bytes_field(1, path) + bytes_field(2, digest_message(bytes)));
}
inline std::string action_with_tree(std::string_view path, std::string_view tree) {
  return bytes_field(3, bytes_field(1, path) + bytes_field(3, digest_message(tree)));
}
inline std::string tree_with_file(std::string_view name, std::string_view bytes) {
  return bytes_field(1,
                     bytes_field(1, bytes_field(1, name) + bytes_field(2, digest_message(bytes))));
}

}  // namespace fabrik::testing
