// The two ways in which a stored blob is read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "cache/schema.hpp"
#include "cache/store.hpp"

namespace fabrik::cache {

// What BlobReader::seek() answers when it cannot.
Result<void> check_offset(const BlobRef& ref, std::uint64_t offset);

// Hands out bytes that have been verified already.
std::unique_ptr<BlobReader> read_from_memory(const BlobRef& ref, std::string content);

// Reads piece by piece and verifies each before it is handed out. The open file
// stays readable when the blob is evicted. `on_corrupt` is called once, before
// next() reports a damaged piece.
std::unique_ptr<BlobReader> read_from_file(const BlobRef& ref, UniqueFd file, Pieces pieces,
                                           std::function<void(const Error&)> on_corrupt);

}  // namespace fabrik::cache
