#include "cache/reconcile.hpp"

#include "cache/paged_scan.hpp"

namespace fabrik::cache {
namespace {

Result<void> check_files(const ReconcileParts& parts, const std::stop_token& stop) {
  Result<void> outcome;
  std::int64_t removed = 0;
  parts.files.for_each([&](const Digest& digest) {
    const auto record = parts.blobs.stored(digest);
    if (!record) {
      outcome = fail(record.error());
    } else if (!*record) {
      outcome = parts.blobs.remove_stray_file(digest);
      ++removed;
    }
    return outcome && !stop.stop_requested();
  });
  if (removed > 0) {
    parts.log.info("removed files that belong to no blob", {{"files", removed}});
  }
  return outcome;
}

Result<void> check_blobs(const ReconcileParts& parts, const std::stop_token& stop) {
  return for_each_in(
      parts.db, Family::blobs, stop,
      [&](const std::string& key, const std::string& value) -> Result<void> {
        const auto digest = decode_digest(key);
        const auto record = decode_blob(value);
        if (!digest) {
          return {};
        }
        if (!record || (!record->is_inline() && !parts.files.has(*digest, record->size))) {
          FABRIK_CHECK(parts.blobs.remove(*digest, [&](const BlobRecord* now) {
            return now == nullptr || (!now->is_inline() && !parts.files.has(*digest, now->size));
          }));
          return {};
        }
        return parts.blobs.restore_place(*digest);
      });
}

Result<void> check_entries(const ReconcileParts& parts, const std::stop_token& stop) {
  return for_each_in(parts.db, Family::entries, stop,
                     [&](const std::string& key, const std::string& value) -> Result<void> {
                       const auto name = decode_entry_key(key);
                       const auto info = decode_entry(value);
                       if (!name || !info) {
                         return {};
                       }
                       FABRIK_TRY(const auto record, parts.blobs.stored(info->blob.digest));
                       if (!record) {
                         FABRIK_CHECK(parts.entries.erase_dangling(*name));
                       }
                       return {};
                     });
}

// In one frozen session: the difference between what is there and what the
// totals said at that same moment stays right however both move on.
Result<Totals> drift(const RocksDb& db, const std::stop_token& stop) {
  auto session = db.enter();
  session.freeze();
  FABRIK_TRY(const Totals said, session.frozen_totals());
  Totals counted;
  FABRIK_CHECK(session.scan(Family::blobs, "", [&](std::string_view, std::string_view value) {
    if (const auto record = decode_blob(value)) {
      counted.bytes += static_cast<std::int64_t>(record->size);
      ++counted.blobs;
    }
    return !stop.stop_requested();
  }));
  FABRIK_CHECK(session.scan(Family::entries, "", [&](std::string_view, std::string_view) {
    ++counted.entries;
    return !stop.stop_requested();
  }));
  return Totals{.bytes = counted.bytes - said.bytes,
                .blobs = counted.blobs - said.blobs,
                .entries = counted.entries - said.entries,
                .tick = 0};
}

}  // namespace

Result<void> reconcile(const ReconcileParts& parts, const std::stop_token& stop) {
  FABRIK_CHECK(check_files(parts, stop));
  FABRIK_CHECK(check_blobs(parts, stop));
  FABRIK_CHECK(check_entries(parts, stop));
  FABRIK_TRY(const Totals difference, drift(parts.db, stop));
  if (stop.stop_requested() || difference == Totals{}) {
    return {};
  }
  parts.log.info(
      "corrected the cache's totals",
      {{"bytes", difference.bytes}, {"blobs", difference.blobs}, {"entries", difference.entries}});
  return parts.db.adjust_totals(difference);
}

}  // namespace fabrik::cache
