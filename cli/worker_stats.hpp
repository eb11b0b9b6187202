// What the worker counts: its answer to GET /v1/stats.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace fabrik::cli {

struct SpaceStats {
  std::string name;  // "gradle", "nx", ...
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t puts = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;

  bool was_used() const { return hits + misses + puts != 0; }
};

// Counted since the worker started.
struct WorkerStats {
  std::chrono::milliseconds uptime{0};
  std::uint64_t requests = 0;
  std::uint64_t rss_bytes = 0;
  std::vector<SpaceStats> spaces;

  std::uint64_t entries = 0;
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t max_bytes = 0;
  std::uint64_t evicted_blobs = 0;
  std::uint64_t corrupt_dropped = 0;
  bool read_only = false;
  std::string problem;  // why; empty: all is well

  std::uint64_t hits() const;
  std::uint64_t misses() const;
  std::uint64_t puts() const;
};

// Fields that are missing count as 0. invalid_argument: not a JSON object.
Result<WorkerStats> parse_worker_stats(std::string_view json);

// "83% (25 of 30)", or "no lookups yet".
std::string hit_rate(std::uint64_t hits, std::uint64_t misses);

}  // namespace fabrik::cli
