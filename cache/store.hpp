// The local store: blobs by digest, entries that point at them. Policy-free
// about protocols; knows integrity, size and eviction.
//
// Synchronous and thread-safe: every function may be called from any thread and
// may touch the disk. Coroutines go through cache::CacheApi.
// While a store recovers (StoreStats::read_only) writes fail as no_space or
// unavailable, and what cannot be read for the moment is not there.
// Implementations: open_rocks_store() (rocks_store.hpp), open_resilient_store()
// (resilient_store.hpp) around it, and MemoryStore; all pass
// tests/contract/store_contract.hpp. Readers and writers must be gone before
// their store.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "cache/entry.hpp"
#include "cache/key.hpp"

namespace fabrik::cache {

// Reads one blob. Not thread-safe. Keeps the bytes readable even when the blob
// is evicted meanwhile. Every piece is verified before next() returns it.
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  virtual const BlobRef& ref() const = 0;
  // Up to kChunkSize bytes, empty at the end; valid until the next call.
  // corrupt: the stored bytes are wrong; the blob has been dropped, and no wrong
  // byte was returned.
  virtual Result<Bytes> next() = 0;
  // next() goes on at `offset`, with the bytes before it neither read nor checked.
  // invalid_argument beyond the blob's size.
  virtual Result<void> seek(std::uint64_t offset) = 0;
};

// Collects one blob: hashes while it writes, invisible until commit. Destroying
// an uncommitted writer leaves nothing behind. Not thread-safe.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  // no_space when the disk or budget is exhausted, too_large over the limit.
  Result<void> append(Bytes data) {
    hash(data);
    return keep(data);
  }
  // The two halves of append(), for callers with a thread to spare: both get all
  // bytes in order, and may work on the same bytes at the same time.
  virtual void hash(Bytes data) = 0;
  virtual Result<void> keep(Bytes data) = 0;
  // Publishes the blob atomically. With `expected`, digest_mismatch when the
  // bytes are others (nothing is stored then). Call once.
  virtual Result<BlobRef> commit(const Digest* expected = nullptr) = 0;
};

// How thoroughly open() checks before it returns.
enum class Verify {
  while_reading,  // each piece before it is handed out
  whole_first,    // all bytes once before open() returns: for clients that break on a cut body
};

// How a blob is kept. What is read, its digest and its size are the same.
enum class Packing {
  plain,
  where_it_pays,  // compressed, if a look at its bytes says that they get smaller
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;
  // Space for `size_hint` bytes (0: unknown) is reserved before the first write.
  virtual Result<std::unique_ptr<BlobWriter>> create(std::uint64_t size_hint, Packing packing) = 0;
  Result<std::unique_ptr<BlobWriter>> create(std::uint64_t size_hint) {
    return create(size_hint, Packing::plain);
  }
  // nullptr: not there (or found corrupt and dropped). Marks the blob as used.
  virtual Result<std::unique_ptr<BlobReader>> open(const Digest& digest, Verify verify) = 0;
  // Those of `digests` that are not there. Marks the others as used.
  virtual Result<std::vector<Digest>> missing(std::span<const Digest> digests) = 0;
  // Keeps the blobs from eviction for the store's min_lease, from now on and
  // across restarts, and marks them as used. Returns those that are not there with
  // that very size. Ordinary entries take no leases: a small cache would refuse
  // every write for hours.
  virtual Result<std::vector<BlobRef>> lease(std::span<const BlobRef> blobs) = 0;
  // Whether open() would read the whole blob from disk before it returns; then
  // it does not belong on a thread that must not wait.
  virtual bool opens_slowly(const BlobRef& blob, Verify verify) const = 0;
  // Whether it was there. Entries that point at it are erased with it.
  virtual Result<bool> erase(const Digest& digest) = 0;
};

struct EntryPage {
  std::vector<std::pair<EntryKey, EntryInfo>> entries;
  std::optional<EntryKey> next;  // pass to list() for the following page
};

class EntryStore {
 public:
  virtual ~EntryStore() = default;
  // nullopt: no such entry, or expired, or its blob is gone.
  virtual Result<std::optional<EntryInfo>> find(const EntryKey& key) = 0;
  // For each of `keys` whether there is such an entry, in one go. It may have expired.
  virtual Result<std::vector<bool>> contains(std::span<const EntryKey> keys) = 0;
  // The blob must have been committed; not_found when it is gone again; too_large and no_space when
  // a quota has no room for it. Atomic: readers see the old entry or the new.
  virtual Result<PutOutcome> put(const EntryKey& key, const BlobRef& blob, const EntryMeta& meta,
                                 IfExists if_exists) = 0;
  // Whether it was there. The blob stays for others that point at it.
  virtual Result<bool> erase(const EntryKey& key) = 0;
  // In key order, at most `limit`, starting at `from` (nullptr: the first).
  virtual Result<EntryPage> list(const EntryKey* from, std::size_t limit) = 0;
};

struct QuotaStats {
  std::string name;  // as configured: "gradle", "s3/ci-*"
  std::uint64_t max_bytes = 0;
  std::uint64_t bytes = 0;  // of its entries, each in full, as they count against it
  std::uint64_t entries = 0;
  std::uint64_t evicted_entries = 0;  // for the quota alone, since start
};

struct StoreStats {
  std::uint64_t entries = 0;
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;          // stored blob bytes, each blob once
  std::uint64_t content_bytes = 0;  // the same as clients see them: more where compressed
  std::uint64_t max_bytes = 0;      // the budget
  std::uint64_t evicted_blobs = 0;
  std::uint64_t evicted_bytes = 0;
  std::uint64_t evicted_while_referenced = 0;  // of them leased ones: must stay 0
  std::uint64_t corrupt_dropped = 0;           // blobs found wrong and dropped since start
  bool read_only = false;                      // degraded: writes are refused, reads go on
  std::string problem;                         // why it is; empty: all is well
  std::vector<QuotaStats> quotas = {};
};

// What one scrub() has done.
struct ScrubStep {
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t damaged = 0;   // dropped
  std::optional<Digest> next;  // where to go on; nullopt: that was the last
};

// Both kinds over one budget, with one owner process.
class Store : public BlobStore, public EntryStore {
 public:
  virtual StoreStats stats() const = 0;
  // Removes everything. Readers that are open keep their bytes.
  virtual Result<void> clear() = 0;
  // Reads blobs again, in the order of their digests from `from` on (nullptr: the
  // first), until about `bytes` are done, and drops those that are damaged. They do
  // not count as used.
  virtual Result<ScrubStep> scrub(const Digest* from, std::uint64_t bytes) = 0;
  // Writes buffered state down; called before exit and when idle.
  virtual Result<void> flush() = 0;
  using BlobStore::create;
  using BlobStore::erase;
  using EntryStore::erase;
};

}  // namespace fabrik::cache
