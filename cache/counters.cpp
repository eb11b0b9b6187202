#include "cache/counters.hpp"

namespace fabrik::cache {

static_assert(static_cast<std::uint8_t>(kSpaces.back()) < 16);

void CacheCounters::stored(Space space, std::uint64_t bytes) {
  ++at(space).puts;
  at(space).bytes_written += bytes;
}

SpaceCounters CacheCounters::of(Space space) const {
  const Cell& cell = cells_[static_cast<std::uint8_t>(space) % cells_.size()];
  return {.hits = cell.hits.load(),
          .misses = cell.misses.load(),
          .puts = cell.puts.load(),
          .dropped = cell.dropped.load(),
          .bytes_read = cell.bytes_read.load(),
          .bytes_written = cell.bytes_written.load()};
}

}  // namespace fabrik::cache
