// The records of blobs: what is there, where it stands in the eviction order,
// and which entries fall with it. Keeps records, files, order and references in
// step; every change is one batch under the locks of the keys it touches.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "cache/blob_files.hpp"
#include "cache/eviction_order.hpp"
#include "cache/quota_index.hpp"
#include "cache/rocks_db.hpp"
#include "cache/schema.hpp"
#include "cache/striped_locks.hpp"
#include "cache/victim_cursor.hpp"

namespace fabrik::cache {

// Thread-safe. Everything passed in must outlive it.
class BlobIndex {
 public:
  struct Parts {
    RocksDb& db;
    BlobFiles& files;
    StripedLocks& locks;
    const EvictionOrder& order;
    const QuotaIndex& quotas;
    Ticks& ticks;
    const Clock& clock;
    std::chrono::milliseconds ttl;    // 0: blobs do not expire
    std::function<void()> on_damage;  // records or order cannot be read; only take note
  };
  explicit BlobIndex(Parts parts) : p_(std::move(parts)) {}

  // nullopt: not there, expired, or its record is damaged (then it is removed).
  Result<std::optional<BlobRecord>> find(const Digest& digest);
  // The same inside somebody's session; damaged reads as not there.
  Result<std::optional<BlobRecord>> find(const RocksDb::Session& session,
                                         const Digest& digest) const;
  // Also when it has expired.
  Result<std::optional<BlobRecord>> stored(const Digest& digest) const;
  bool is_expired(std::int64_t created_ms) const;

  // Makes a blob visible, or renews it when it is there.
  // `stored`: its content, packed when that is shorter than `size`.
  Result<void> publish(const Digest& digest, std::uint64_t size, Bytes stored);
  Result<void> publish(const Digest& digest, std::uint64_t size, std::uint64_t stored,
                       TempFile& file, const Pieces& pieces);

  // Takes over a record of another index, with the encoded pieces of its file or
  // its stored content. Does nothing when the blob is there already, or its file is not.
  Result<void> adopt(const Digest& digest, BlobRecord record, std::string_view payload);

  // Of a blob with that record, unpacked. nullopt: gone or damaged.
  Result<std::optional<std::string>> content(const Digest& digest, const BlobRecord& record) const;
  Result<std::optional<Pieces>> pieces(const Digest& digest, const BlobRecord& record) const;

  // Notes that the blob was used `uses` times, the last time at `tick`.
  Result<void> use(const Digest& digest, std::uint32_t uses, std::uint64_t tick);
  // Which of them are there and not expired, in their order. For a few hundred.
  Result<std::vector<bool>> present(std::span<const Digest> digests) const;
  // The same, of that very size; those are kept from eviction for `period`. Writes
  // only what has used up much of its lease.
  Result<std::vector<bool>> lease(std::span<const BlobRef> blobs, std::chrono::milliseconds period);
  // Removes blob, file and the entries that point at it. The bytes that were
  // freed; nullopt when it was not there. With `condition`: only if it answers
  // true once the blob is locked, with the record it has then (nullptr: none).
  using Condition = std::function<bool(const BlobRecord*)>;
  Result<std::optional<std::uint64_t>> remove(const Digest& digest,
                                              const Condition& condition = {});
  // Removes it if no entry points at it and nobody was promised anything.
  Result<void> remove_unnamed(const Digest& digest);
  // Removes the file unless a record claims it.
  Result<void> remove_stray_file(const Digest& digest);

  // Blobs in the order of their digests from `from` on (nullptr: the first), until
  // `visit` returns false.
  Result<void> by_digest(const Digest* from,
                         const std::function<bool(const BlobRef&)>& visit) const;
  // Candidates for eviction from place `from` on, the first victim first.
  // `visit` returns false to stop.
  Result<void> in_order(std::uint64_t from,
                        const std::function<bool(const OrderKey&)>& visit) const;
  // Removes a place that no record claims.
  Result<void> forget_place(const OrderKey& place);
  // Makes sure that the blob has its place.
  Result<void> restore_place(const Digest& digest);

  VictimCursor& cursor() { return cursor_; }

 private:
  struct Size {
    std::uint64_t content = 0;
    std::uint64_t stored = 0;
  };
  Result<void> put_record(const RocksDb::Session& session, RocksDb::Batch batch,
                          const Digest& digest, Size size, const std::optional<BlobRecord>& old);
  void move(RocksDb::Batch& batch, const Digest& digest, BlobRecord& record, std::uint64_t place);
  Result<std::vector<std::string>> entries_of(const RocksDb::Session& session,
                                              const Digest& digest) const;
  Result<std::optional<BlobRecord>> read(const RocksDb::Session& session, const Digest& digest,
                                         bool& damaged) const;
  // Damaged records read as not there.
  Result<std::vector<std::optional<BlobRecord>>> find_many(
      const RocksDb::Session& session, std::span<const std::string_view> keys) const;
  Result<void> remove_record(const RocksDb::Session& session, RocksDb::Batch batch,
                             const Digest& digest, const std::optional<BlobRecord>& record);
  Result<bool> remove_some(const Digest& digest, const Condition& condition,
                           std::optional<std::uint64_t>& freed);

  Parts p_;
  VictimCursor cursor_;
};

}  // namespace fabrik::cache
