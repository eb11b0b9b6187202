// RocksDB's own messages in our log. Not a nicety: with RocksDB's default log
// file a full disk makes its assertions end the process.
#pragma once

#include <rocksdb/env.h>

#include <memory>

#include "base/log.hpp"

namespace fabrik::cache {

// Warnings and worse; `log` must outlive the result.
std::shared_ptr<rocksdb::Logger> rocks_log(Log& log);

}  // namespace fabrik::cache
