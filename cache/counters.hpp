// What the cache has done since the process started, per protocol space.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "cache/key.hpp"

namespace fabrik::cache {

struct SpaceCounters {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t puts = 0;           // entries stored
  std::uint64_t dropped = 0;        // writes accepted and thrown away
  std::uint64_t bytes_read = 0;     // handed to clients
  std::uint64_t bytes_written = 0;  // of the entries stored

  bool operator==(const SpaceCounters&) const = default;
};

// Thread-safe.
class CacheCounters {
 public:
  void hit(Space space) { ++at(space).hits; }
  void miss(Space space) { ++at(space).misses; }
  void stored(Space space, std::uint64_t bytes);
  void dropped(Space space) { ++at(space).dropped; }
  void read(Space space, std::uint64_t bytes) { at(space).bytes_read += bytes; }

  SpaceCounters of(Space space) const;

 private:
  struct Cell {
    std::atomic<std::uint64_t> hits{0}, misses{0}, puts{0}, dropped{0}, bytes_read{0},
        bytes_written{0};
  };
  Cell& at(Space space) { return cells_[static_cast<std::uint8_t>(space) % cells_.size()]; }

  std::array<Cell, 16> cells_;  // more than there are spaces
};

}  // namespace fabrik::cache
