// What things take of the budget. Records count too, or endless empty blobs and
// names would fill the disk without ever filling the cache.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cache/totals.hpp"

namespace fabrik::cache {

// Rounded up: record, place in the order, checksums, the last block of a file.
inline constexpr std::uint64_t kBlobOverhead = 512;
// Name, record and reference.
inline constexpr std::uint64_t kEntryOverhead = 512;

constexpr std::uint64_t blob_footprint(std::uint64_t size) {
  return size + kBlobOverhead;
}

inline std::uint64_t footprint(const Totals& totals) {
  const auto count = [](std::int64_t total) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, total));
  };
  return count(totals.bytes) + count(totals.blobs) * kBlobOverhead +
         count(totals.entries) * kEntryOverhead;
}

}  // namespace fabrik::cache
