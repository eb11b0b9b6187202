// Shared by the two halves of RocksDb: the life of the database (rocks_db.cpp)
// and the work done in it (rocks_session.cpp).
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "cache/rocks_db.hpp"

namespace fabrik::cache {

inline constexpr std::size_t kFamilies = 8;

struct RocksDb::Impl {
  Impl(Options o, Log& l);

  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles[static_cast<std::size_t>(family)];
  }
  rocksdb::WriteOptions write_options() const;
  // The error of a failed status. Takes note when it means trouble.
  Error failure(const rocksdb::Status& status, std::string_view what);
  void trouble(const rocksdb::Status& status);
  void close_handles();
  Result<void> open();
  void adopt(rocksdb::DB* opened, const std::vector<rocksdb::ColumnFamilyHandle*>& families);
  void read_totals();
  Result<void> recreate(std::initializer_list<Family> families);

  const Options options;
  Log& log;
  std::shared_ptr<rocksdb::Logger> rocks_logger;
  mutable std::shared_mutex gate;  // exclusive: db and handles change
  std::unique_ptr<rocksdb::DB> db;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> handles{};
  std::atomic<Health> health{Health::good};
  std::mutex totals_mutex;
  Totals totals;
  std::map<std::string, Totals> accounts;  // all of Options::accounts
};

}  // namespace fabrik::cache
