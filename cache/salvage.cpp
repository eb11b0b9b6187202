#include "cache/salvage.hpp"

#include "cache/footprint.hpp"
#include "cache/paged_scan.hpp"

namespace fabrik::cache {
namespace {

// A value, or nothing where the old index cannot be read.
std::string get(const RocksDb& old, Family family, std::string_view key) {
  auto value = old.enter().get(family, key);
  return value && *value ? **std::move(value) : std::string();
}

Result<void> take_blob(const SalvageParts& parts, const RocksDb& old, const std::string& key,
                       const std::string& value) {
  const auto digest = decode_digest(key);
  const auto record = decode_blob(value);
  if (!digest || !record || !parts.room.fits(blob_footprint(record->stored))) {
    return {};
  }
  const Family family = record->is_inline() ? Family::data : Family::checksums;
  return parts.blobs.adopt(*digest, *record, get(old, family, key));
}

Result<void> take_entry(const SalvageParts& parts, const std::string& key,
                        const std::string& value) {
  const auto name = decode_entry_key(key);
  const auto info = decode_entry(value);
  return name && info ? parts.entries.adopt(*name, *info) : Result<void>{};
}

}  // namespace

Result<void> salvage(const SalvageParts& parts, const std::filesystem::path& damaged_db,
                     const std::stop_token& stop) {
  RocksDb old({.dir = damaged_db, .sync = false, .on_trouble = {}}, parts.log);
  FABRIK_CHECK(old.open_damaged());
  std::int64_t blobs = 0;
  std::int64_t entries = 0;
  FABRIK_CHECK(for_each_in(old, Family::blobs, stop, [&](const auto& key, const auto& value) {
    ++blobs;
    return take_blob(parts, old, key, value);
  }));
  FABRIK_CHECK(for_each_in(old, Family::entries, stop, [&](const auto& key, const auto& value) {
    ++entries;
    return take_entry(parts, key, value);
  }));
  parts.log.info("read what is left of the damaged cache index",
                 {{"blobs", blobs}, {"entries", entries}});
  return {};
}

}  // namespace fabrik::cache
