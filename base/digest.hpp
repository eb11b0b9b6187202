// SHA-256 digests: the name of every blob.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace fabrik {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  // 64 lower-case hex digits.
  std::string hex() const;
  // Accepts exactly 64 hex digits of either case.
  static Result<Digest> from_hex(std::string_view hex);

  auto operator<=>(const Digest&) const = default;
};

// Streaming SHA-256. Not thread-safe; one per stream.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(Bytes data);
  // Ends the stream; the hasher must not be used afterwards.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(Bytes data);

// Lower-case hex of any bytes.
std::string to_hex(Bytes data);

}  // namespace fabrik

template <>
struct std::hash<fabrik::Digest> {
  std::size_t operator()(const fabrik::Digest& digest) const noexcept {
    std::size_t value = 0;  // a digest is uniformly distributed already
    __builtin_memcpy(&value, digest.bytes.data(), sizeof value);
    return value;
  }
};
