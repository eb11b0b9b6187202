// ContentApi over a local store alone: no upstreams.
#pragma once

#include "cache/content_api.hpp"
#include "cache/counters.hpp"
#include "cache/key_pattern.hpp"
#include "net/blocking_pool.hpp"

namespace fabrik::cache {

// Thread-safe. Everything passed in must outlive it, and the sources and uploads
// it gave out.
class LocalContent final : public ContentApi {
 public:
  // `audit` is told of every accepted write; nullptr: nobody keeps one. `packed`:
  // what is compressed where it pays. Outside of a namespace (within()) only
  // patterns for a whole space apply.
  LocalContent(Store& store, net::BlockingPool& pool, CacheCounters& counters,
               AuditLog* audit = nullptr, std::vector<KeyPattern> packed = {})
      : store_(store),
        pool_(pool),
        counters_(counters),
        audit_(audit),
        packed_(std::move(packed)) {}

  std::unique_ptr<ContentApi> within(std::string ns) override;
  net::Task<Result<std::vector<BlobRef>>> missing(std::span<const BlobRef> blobs) override;
  net::Task<Result<std::unique_ptr<BlobSource>>> open(Space space, const Digest& digest,
                                                      Verify verify) override;
  net::Task<Result<std::unique_ptr<BlobUpload>>> create(Space space,
                                                        std::uint64_t size_hint) override;
  net::Task<Result<PutOutcome>> link(const EntryKey& key, const BlobRef& blob, EntryMeta meta,
                                     IfExists if_exists) override;
  net::Task<Result<EntryPage>> list(const EntryKey* from, std::size_t limit) override;
  net::Task<Result<bool>> erase(const Digest& digest) override;

 private:
  Result<std::vector<BlobRef>> missing_now(std::span<const BlobRef> blobs);
  Result<bool> is_visible(const Digest& digest);

  std::optional<std::string> ns_;  // whose blobs there are; nullopt: all
  Store& store_;
  net::BlockingPool& pool_;
  CacheCounters& counters_;
  AuditLog* audit_;
  const std::vector<KeyPattern> packed_;
};

}  // namespace fabrik::cache
