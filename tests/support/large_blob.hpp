// A blob of any size that is never held whole: made, hashed, sent and compared a
// piece at a time. No two pieces of any two blobs are equal.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/digest.hpp"

namespace fabrik::testing {

class LargeBlob {
 public:
  static constexpr std::uint64_t kPiece = 1024 * 1024;

  LargeBlob(std::uint64_t number, std::uint64_t pieces) : number_(number), pieces_(pieces) {}

  std::uint64_t pieces() const { return pieces_; }
  std::uint64_t size() const { return pieces_ * kPiece; }
  std::string piece(std::uint64_t index) const {
    std::string bytes(kPiece, static_cast<char>('a' + number_ % 26));
    std::memcpy(bytes.data(), &number_, sizeof number_);
    std::memcpy(bytes.data() + sizeof number_, &index, sizeof index);
    return bytes;
  }
  // 32 hex digits that fit as a key of every protocol.
  std::string key() const {
    std::string digits = std::to_string(number_);
    return std::string(32 - digits.size(), '0') + digits;
  }
  std::string digest() const {  // reads all of it
    Hasher hasher;
    for (std::uint64_t i = 0; i < pieces_; ++i) {
      hasher.update(as_bytes(piece(i)));
    }
    return hasher.finish().hex();
  }

 private:
  std::uint64_t number_;
  std::uint64_t pieces_;
};

}  // namespace fabrik::testing
