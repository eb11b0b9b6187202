#include "adapters/reapi/fast_cdc.hpp"

#include <algorithm>
#include <array>

namespace fabrik::adapters::reapi {
namespace {

// Entry i: the first eight bytes of the MD5 of 64 bytes of value i.
constexpr std::array<std::uint64_t, 256> kGear = {
#include "adapters/reapi/fast_cdc_gear.inc"
};

// Of the masks with 2^n as average those for n = 19 + 2, before the average is
// reached, and for 19 - 2, after it.
constexpr std::uint64_t kStrict = 0x0000d91767537000;
constexpr std::uint64_t kLoose = 0x0000d90703537000;

}  // namespace

std::size_t first_chunk(Bytes data) {
  const std::size_t end = std::min<std::size_t>(data.size(), kLargestChunk);
  const std::size_t middle = std::min<std::size_t>(end, kAverageChunk);
  std::uint64_t hash = 0;
  std::size_t at = std::min<std::size_t>(end, kLeastChunk);
  for (; at < middle; ++at) {
    hash = (hash << 1) + kGear[std::to_integer<std::size_t>(data[at])];
    if ((hash & kStrict) == 0) {
      return at;
    }
  }
  for (; at < end; ++at) {
    hash = (hash << 1) + kGear[std::to_integer<std::size_t>(data[at])];
    if ((hash & kLoose) == 0) {
      return at;
    }
  }
  return end;
}

}  // namespace fabrik::adapters::reapi
