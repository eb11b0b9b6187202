// How BlobIndex lets go of a blob and everything that hangs on it.
#include <algorithm>

#include "cache/blob_index.hpp"

namespace fabrik::cache {
namespace {

// Locked at once; a blob with more entries loses them in several steps.
constexpr std::size_t kEntriesPerStep = 32;

}  // namespace

Result<std::vector<std::string>> BlobIndex::entries_of(const RocksDb::Session& session,
                                                       const Digest& digest) const {
  std::vector<std::string> entries;
  FABRIK_CHECK(session.scan(Family::refs, as_key(digest), [&](std::string_view key, auto) {
    const auto entry = entry_of_ref(digest, key);
    if (entry) {
      entries.emplace_back(*entry);
    }
    return entry && entries.size() <= kEntriesPerStep;
  }));
  return entries;
}

Result<std::optional<std::uint64_t>> BlobIndex::remove(const Digest& digest,
                                                       const Condition& condition) {
  std::optional<std::uint64_t> freed;
  for (;;) {
    FABRIK_TRY(const bool finished, remove_some(digest, condition, freed));
    if (finished) {
      return freed;
    }
  }
}

Result<bool> BlobIndex::remove_some(const Digest& digest, const Condition& condition,
                                    std::optional<std::uint64_t>& freed) {
  const auto session = p_.db.enter();
  FABRIK_TRY(auto known, entries_of(session, digest));
  known.resize(std::min(known.size(), kEntriesPerStep));
  std::vector<std::string_view> keys(known.begin(), known.end());
  keys.push_back(as_key(digest));
  const auto locked = p_.locks.lock(keys);
  bool damaged = false;
  FABRIK_TRY(const auto record, read(session, digest, damaged));
  if (condition && !condition(record ? &*record : nullptr)) {
    return true;
  }
  FABRIK_TRY(const auto current, entries_of(session, digest));
  auto batch = session.batch();
  bool all = current.size() <= kEntriesPerStep;
  for (const auto& entry : current) {
    if (std::ranges::find(known, entry) == known.end()) {
      all = false;  // came in before we had the locks: next time
      continue;
    }
    batch.erase(Family::refs, ref_key(digest, entry));
    const auto value = session.get(Family::entries, entry);
    const auto info = value && *value ? decode_entry(**value) : std::nullopt;
    if (info && info->blob.digest == digest) {
      batch.erase(Family::entries, entry);
      batch.add({.entries = -1});
      p_.quotas.discount(session, batch, entry, info->blob.size);
    }
  }
  if (!all) {
    FABRIK_CHECK(session.write(std::move(batch)));
    return false;
  }
  FABRIK_CHECK(remove_record(session, std::move(batch), digest, record));
  freed = record ? std::optional(record->stored) : std::nullopt;
  return true;
}

Result<void> BlobIndex::remove_record(const RocksDb::Session& session, RocksDb::Batch batch,
                                      const Digest& digest,
                                      const std::optional<BlobRecord>& record) {
  batch.erase(Family::blobs, as_key(digest));
  if (record) {
    batch.erase(Family::order, encode(OrderKey{record->order, digest}));
    batch.add({.bytes = -static_cast<std::int64_t>(record->stored),
               .content = -static_cast<std::int64_t>(record->size),
               .blobs = -1});
  }
  if (!record || record->is_inline()) {
    batch.erase(Family::data, as_key(digest));
  }
  if (!record || !record->is_inline()) {
    batch.erase(Family::checksums, as_key(digest));
  }
  FABRIK_CHECK(session.write(std::move(batch)));
  if (!record || !record->is_inline()) {
    p_.files.remove(digest);
  }
  return {};
}

Result<void> BlobIndex::remove_unnamed(const Digest& digest) {
  const auto session = p_.db.enter();
  const auto locked = p_.locks.lock({as_key(digest)});
  bool damaged = false;
  FABRIK_TRY(const auto record, read(session, digest, damaged));
  FABRIK_TRY(const auto entries, entries_of(session, digest));
  if (!record || !entries.empty() || record->leased_until_ms > to_unix_ms(p_.clock.now())) {
    return {};
  }
  return remove_record(session, session.batch(), digest, record);
}

Result<void> BlobIndex::remove_stray_file(const Digest& digest) {
  const auto session = p_.db.enter();
  const auto locked = p_.locks.lock({as_key(digest)});
  bool damaged = false;
  FABRIK_TRY(const auto record, read(session, digest, damaged));
  if (!record || record->is_inline()) {
    p_.files.remove(digest);
  }
  return {};
}

}  // namespace fabrik::cache
