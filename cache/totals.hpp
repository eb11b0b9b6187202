// What the index adds up to, kept up to date by every write batch so that no
// start ever has to count.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fabrik::cache {

struct Totals {
  std::int64_t bytes = 0;    // of blobs, as they are stored
  std::int64_t content = 0;  // of the same blobs, as clients see them
  std::int64_t blobs = 0;
  std::int64_t entries = 0;
  std::uint64_t tick = 0;  // the newest place in the eviction order that was given out

  // Adds the counts (a delta may be negative) and keeps the later tick.
  Totals& operator+=(const Totals& delta);
  // The counts the other way round.
  Totals operator-() const;
  bool operator==(const Totals&) const = default;
};

std::string encode(const Totals& totals);
std::optional<Totals> decode_totals(std::string_view value);

}  // namespace fabrik::cache
