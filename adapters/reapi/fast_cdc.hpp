// Where to cut a blob so that equal content gives equal chunks: FastCDC of 2020
// (Wen Xia et al., IEEE TPDS 31/9), with the gear table and masks that the Remote
// Execution API names, normalisation level 2, no seed. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"

namespace fabrik::adapters::reapi {

inline constexpr std::uint64_t kAverageChunk = 512 * 1024;
inline constexpr std::uint64_t kLeastChunk = kAverageChunk / 4;
inline constexpr std::uint64_t kLargestChunk = kAverageChunk * 4;

// The length of the first chunk of `data`, which must have at least kLargestChunk
// bytes unless the blob ends with it.
std::size_t first_chunk(Bytes data);

}  // namespace fabrik::adapters::reapi
