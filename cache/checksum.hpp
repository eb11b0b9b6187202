// Fast checksums of the pieces of large blobs. They find damage on disk at
// memory speed; the SHA-256 stays what names and proves a blob.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.hpp"

namespace fabrik::cache {

// XXH3-64.
std::uint64_t checksum(Bytes data);

// The checksum of every kChunkSize piece of a stream, however the bytes arrive.
// Not thread-safe.
class ChunkChecksums {
 public:
  ChunkChecksums();
  ~ChunkChecksums();
  ChunkChecksums(ChunkChecksums&&) noexcept;
  ChunkChecksums& operator=(ChunkChecksums&&) noexcept;

  void update(Bytes data);
  // One value per piece, the last piece may be short. Ends the stream.
  std::vector<std::uint64_t> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fabrik::cache
