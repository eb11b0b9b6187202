// Brings index, files and totals together again after a crash or damage. Works
// beside normal traffic; every change is checked again under the locks.
#pragma once

#include <stop_token>

#include "base/log.hpp"
#include "cache/blob_files.hpp"
#include "cache/blob_index.hpp"
#include "cache/entry_index.hpp"
#include "cache/rocks_db.hpp"

namespace fabrik::cache {

struct ReconcileParts {
  RocksDb& db;
  BlobIndex& blobs;
  EntryIndex& entries;
  BlobFiles& files;
  const QuotaIndex& quotas;
  Log& log;
};

// Removes files that no record claims, records whose file is missing or has
// another size, entries whose blob is gone; restores places in the eviction
// orders; counts again. Returns early when `stop` is requested.
Result<void> reconcile(const ReconcileParts& parts, const std::stop_token& stop);

}  // namespace fabrik::cache
