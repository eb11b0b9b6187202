// The blobs themselves, for protocols whose clients speak about digests: REAPI,
// OCI, Bazel over HTTP. Awaitable; whether the bytes come from the local store or
// from an upstream is not visible here.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cache/audit_log.hpp"
#include "cache/cache_api.hpp"
#include "cache/entry.hpp"
#include "cache/key.hpp"
#include "cache/store.hpp"
#include "net/task.hpp"

namespace fabrik::cache {

// Collects one blob, also across several requests. Used by one coroutine at a
// time. Destroying it before commit() stores nothing.
class BlobUpload {
 public:
  virtual ~BlobUpload() = default;
  virtual std::uint64_t size() const = 0;  // bytes appended so far
  // For blobs that are what the client wanted to store, and not just the bytes of an
  // entry that is linked to them afterwards: the commit gets an audit record.
  virtual void written_by(WriteOrigin) {}
  // no_space and unavailable: no room for it now; too_large: never.
  virtual net::Task<Result<void>> append(Bytes data) = 0;
  // Publishes the blob and leases it. With `expected`, digest_mismatch when the
  // bytes or their number are others (nothing is stored then). Call once.
  virtual net::Task<Result<BlobRef>> commit(const BlobRef* expected = nullptr) = 0;
};

// Thread-safe. Hits, misses and writes are counted for `space`. Callers keep what
// they pass by reference alive until the await ends.
class ContentApi {
 public:
  virtual ~ContentApi() = default;
  // The same blobs as one namespace of REAPI sees them: only those are there that were
  // stored through it, however many others the cache has. Each is an entry, {Space::cas,
  // ns, digest in hex}. What it gives out may outlive it.
  virtual std::unique_ptr<ContentApi> within(std::string ns) = 0;
  // Those of `blobs` that are not there with that very size; all others are
  // leased: they stay for min_lease, whatever the budget says.
  virtual net::Task<Result<std::vector<BlobRef>>> missing(std::span<const BlobRef> blobs) = 0;
  // nullptr: not there.
  virtual net::Task<Result<std::unique_ptr<BlobSource>>> open(Space space, const Digest& digest,
                                                              Verify verify) = 0;
  // `size_hint` bytes (0: unknown) are reserved. no_space, too_large, unavailable.
  virtual net::Task<Result<std::unique_ptr<BlobUpload>>> create(Space space,
                                                                std::uint64_t size_hint) = 0;
  // An entry for a blob that is there already. not_found when it is gone again.
  virtual net::Task<Result<PutOutcome>> link(const EntryKey& key, const BlobRef& blob,
                                             EntryMeta meta, IfExists if_exists) = 0;
  // In key order, at most `limit`, starting at `from` (nullptr: the very first).
  virtual net::Task<Result<EntryPage>> list(const EntryKey* from, std::size_t limit) = 0;
  // Whether it was there. Entries that point at it are erased with it.
  virtual net::Task<Result<bool>> erase(const Digest& digest) = 0;
};

}  // namespace fabrik::cache
