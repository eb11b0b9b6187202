// How RocksDB is set up: small in memory, bounded on disk, quiet when idle.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <vector>

namespace fabrik::cache {

// The key under which the merge operator adds up Totals.
inline constexpr std::string_view kTotalsKey = "totals";

rocksdb::DBOptions rocks_db_options(std::shared_ptr<rocksdb::Logger> log);
// One per Family, in its order.
std::vector<rocksdb::ColumnFamilyDescriptor> rocks_families();

}  // namespace fabrik::cache
