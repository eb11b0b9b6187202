#include "cache/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace fabrik::cache {

std::uint64_t checksum(Bytes data) {
  return XXH3_64bits(data.data(), data.size());
}

struct ChunkChecksums::State {
  XXH3_state_t stream;
  std::size_t in_piece = 0;
  std::vector<std::uint64_t> done;
};

ChunkChecksums::ChunkChecksums() : state_(std::make_unique<State>()) {
  XXH3_64bits_reset(&state_->stream);
}
ChunkChecksums::~ChunkChecksums() = default;
ChunkChecksums::ChunkChecksums(ChunkChecksums&&) noexcept = default;
ChunkChecksums& ChunkChecksums::operator=(ChunkChecksums&&) noexcept = default;

void ChunkChecksums::update(Bytes data) {
  while (!data.empty()) {
    const std::size_t count = std::min(data.size(), kChunkSize - state_->in_piece);
    XXH3_64bits_update(&state_->stream, data.data(), count);
    data = data.subspan(count);
    state_->in_piece += count;
    if (state_->in_piece == kChunkSize) {
      state_->done.push_back(XXH3_64bits_digest(&state_->stream));
      XXH3_64bits_reset(&state_->stream);
      state_->in_piece = 0;
    }
  }
}

std::vector<std::uint64_t> ChunkChecksums::finish() {
  if (state_->in_piece != 0) {
    state_->done.push_back(XXH3_64bits_digest(&state_->stream));
    state_->in_piece = 0;
  }
  return std::move(state_->done);
}

}  // namespace fabrik::cache
