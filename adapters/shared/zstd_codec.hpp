// zstd as a stream, with bounds: a few bytes must not become gigabytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace fabrik::adapters {

// Makes one frame. Not thread-safe.
class ZstdEncoder {
 public:
  ZstdEncoder();
  ~ZstdEncoder();
  ZstdEncoder(ZstdEncoder&&) noexcept;
  ZstdEncoder& operator=(ZstdEncoder&&) noexcept;

  // What is ready to be sent; may be empty. `last`: the frame ends with `data`.
  // Valid until the next call.
  Result<Bytes> encode(Bytes data, bool last);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Takes frames apart, one after another. Not thread-safe.
class ZstdDecoder {
 public:
  // More decoded bytes than `limit` are too_large.
  explicit ZstdDecoder(std::uint64_t limit);
  ~ZstdDecoder();
  ZstdDecoder(ZstdDecoder&&) noexcept;
  ZstdDecoder& operator=(ZstdDecoder&&) noexcept;

  // Begins with the next compressed bytes, which must stay until next() has said
  // that nothing is left of them.
  void feed(Bytes data);
  // At most 256 KiB decoded, empty when the fed bytes are used up; valid until the
  // next call. invalid_argument: no zstd, or it needs a window over 8 MiB.
  Result<Bytes> next();
  // Whether the last frame is complete; also before the first.
  bool at_frame_end() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// All at once; too_large when it has more than `limit` bytes.
Result<std::string> zstd_decode(Bytes data, std::uint64_t limit);
Result<std::string> zstd_encode(Bytes data);

}  // namespace fabrik::adapters
