// Compression at rest: zstd, piece by piece, so that any part of a blob can be
// read alone.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.hpp"

namespace fabrik::cache {

// Not thread-safe; keeps its working memory (about 1 MiB) from piece to piece.
class Packer {
 public:
  Packer();
  ~Packer();
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  // `piece` compressed (at most kChunkSize bytes of it are expected), valid until the
  // next call; nullopt: it does not get an eighth smaller, so it is kept as it is.
  std::optional<Bytes> pack(Bytes piece);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Fills `into` with what was packed. False: these are not the packed form of just
// that many bytes. Any bytes are safe.
bool unpack(Bytes packed, std::span<std::byte> into);

}  // namespace fabrik::cache
