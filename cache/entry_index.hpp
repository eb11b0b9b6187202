// Entries: names that point at blobs. Thread-safe; the semantics are those of
// EntryStore.
#pragma once

#include "cache/blob_index.hpp"
#include "cache/rocks_db.hpp"
#include "cache/store.hpp"
#include "cache/striped_locks.hpp"

namespace fabrik::cache {

class EntryIndex {
 public:
  EntryIndex(RocksDb& db, BlobIndex& blobs, StripedLocks& locks, const QuotaIndex& quotas,
             const Clock& clock)
      : db_(db), blobs_(blobs), locks_(locks), quotas_(quotas), clock_(clock) {}

  Result<std::optional<EntryInfo>> find(const EntryKey& key) const;
  Result<std::vector<bool>> contains(std::span<const EntryKey> keys) const;
  Result<PutOutcome> put(const EntryKey& key, const BlobRef& blob, const EntryMeta& meta,
                         IfExists if_exists);
  Result<bool> erase(const EntryKey& key);
  // Erases an entry whose blob is gone; one that points at a blob which is there stays.
  Result<void> erase_dangling(const EntryKey& key);
  // Takes over an entry of another index, unless the key is there already or
  // the blob is not.
  Result<void> adopt(const EntryKey& key, const EntryInfo& info);
  // As it is stored under this encoded key, whether or not it may be served.
  Result<std::optional<EntryInfo>> stored(std::string_view name) const;
  enum class Eviction {
    gone,
    moved,  // used since it got that place, or replaced, or gone already
    kept,   // its blob is promised to somebody
  };
  // Erases the entry that stands there in the order of its quota.
  Result<Eviction> evict(const QuotaIndex::Place& place);
  // Makes sure that it has its place in the order of its quota, if there is one.
  Result<void> restore_place(const EntryKey& key);
  Result<EntryPage> list(const EntryKey* from, std::size_t limit) const;

 private:
  // As stored, whether or not it may be served; damaged reads as not there.
  Result<std::optional<EntryInfo>> read(const RocksDb::Session& session,
                                        std::string_view key) const;
  // `info`: what read() says of it, under its lock.
  Result<void> erase(const RocksDb::Session& session, std::string_view name,
                     const std::optional<EntryInfo>& info);
  // Whether it may be served: not expired, and its blob is there.
  Result<bool> is_live(const RocksDb::Session& session, const EntryInfo& info) const;

  RocksDb& db_;
  BlobIndex& blobs_;
  StripedLocks& locks_;
  const QuotaIndex& quotas_;
  const Clock& clock_;
};

}  // namespace fabrik::cache
