#include "cache/totals.hpp"

#include <algorithm>
#include <cstring>

namespace fabrik::cache {
namespace {

// Counters wrap instead of overflowing: damaged values must not be undefined.
std::int64_t add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace

Totals& Totals::operator+=(const Totals& delta) {
  bytes = add(bytes, delta.bytes);
  content = add(content, delta.content);
  blobs = add(blobs, delta.blobs);
  entries = add(entries, delta.entries);
  tick = std::max(tick, delta.tick);
  return *this;
}

Totals Totals::operator-() const {
  const auto less = [](std::int64_t count) { return add(~count, 1); };
  return {.bytes = less(bytes),
          .content = less(content),
          .blobs = less(blobs),
          .entries = less(entries)};
}

static_assert(sizeof(Totals) == 5 * sizeof(std::uint64_t));

std::string encode(const Totals& totals) {
  return {reinterpret_cast<const char*>(&totals), sizeof totals};
}

std::optional<Totals> decode_totals(std::string_view value) {
  Totals totals;
  if (value.size() != sizeof totals) {
    return std::nullopt;
  }
  std::memcpy(&totals, value.data(), sizeof totals);
  return totals;
}

}  // namespace fabrik::cache
