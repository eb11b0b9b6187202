// Takes what is still readable out of a damaged index that was set aside, while
// the store is already running on a new one. A bad block costs what it held.
#pragma once

#include <filesystem>
#include <stop_token>

#include "base/log.hpp"
#include "cache/blob_index.hpp"
#include "cache/entry_index.hpp"
#include "cache/room.hpp"

namespace fabrik::cache {

struct SalvageParts {
  BlobIndex& blobs;
  EntryIndex& entries;
  Room& room;
  Log& log;
};

// What exists already in the new index wins; what does not fit is left out.
// corrupt: nothing can be read there.
Result<void> salvage(const SalvageParts& parts, const std::filesystem::path& damaged_db,
                     const std::stop_token& stop);

}  // namespace fabrik::cache
