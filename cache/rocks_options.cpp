#include "cache/rocks_options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include "cache/totals.hpp"

namespace fabrik::cache {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

class AddTotals final : public rocksdb::AssociativeMergeOperator {
 public:
  bool Merge(const rocksdb::Slice&, const rocksdb::Slice* existing, const rocksdb::Slice& value,
             std::string* result, rocksdb::Logger*) const override {
    Totals sum = decode_totals(value.ToStringView()).value_or(Totals{});
    if (existing != nullptr) {
      sum += decode_totals(existing->ToStringView()).value_or(Totals{});
    }
    *result = encode(sum);
    return true;
  }
  const char* Name() const override { return "fabrik.AddTotals"; }
};

rocksdb::BlockBasedTableOptions table_options(std::shared_ptr<rocksdb::Cache> cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = std::move(cache);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  table.format_version = 5;
  return table;
}

rocksdb::ColumnFamilyOptions family_options(const rocksdb::BlockBasedTableOptions& table) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 8 * kMiB;
  options.max_write_buffer_number = 2;
  options.arena_block_size = 256 * 1024;  // eight families: the default would pin 1 MiB each
  options.compression = rocksdb::kNoCompression;  // digests and packed artefacts do not shrink
  options.level_compaction_dynamic_level_bytes = true;
  options.target_file_size_base = 16 * kMiB;
  options.max_bytes_for_level_base = 64 * kMiB;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Eviction deletes in key order; without this the tombstones pile up in front
  // of every scan and the deleted values keep their disk space.
  options.table_properties_collector_factories.push_back(
      rocksdb::NewCompactOnDeletionCollectorFactory(4096, 1024, 0.5));
  return options;
}

}  // namespace

rocksdb::DBOptions rocks_db_options(std::shared_ptr<rocksdb::Logger> log) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.info_log = std::move(log);
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_open_files = 256;
  options.max_background_jobs = 2;
  options.db_write_buffer_size = 16 * kMiB;
  // Bounds the replay after a crash and the space that a reopen needs.
  options.max_total_wal_size = 16 * kMiB;
  options.stats_dump_period_sec = 0;  // an idle daemon must not wake up
  options.stats_persist_period_sec = 0;
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> rocks_families() {
  const auto table = table_options(rocksdb::NewLRUCache(8 * kMiB));
  auto meta = family_options(table);
  meta.merge_operator = std::make_shared<AddTotals>();
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, meta);
  for (const char* name : {"blobs", "data", "checksums", "entries", "refs", "order", "quotas"}) {
    families.emplace_back(name, family_options(table));
  }
  return families;
}

}  // namespace fabrik::cache
