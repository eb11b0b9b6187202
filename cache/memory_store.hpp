// A store in memory: for tests, and for a daemon whose cache directory cannot
// be used. Least recently used first; keeps nothing across restarts.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "cache/store.hpp"

namespace fabrik::cache {

class MemoryStore final : public Store {
 public:
  MemoryStore(std::uint64_t max_bytes, const Clock& clock,
              std::chrono::milliseconds min_lease = std::chrono::hours(3))
      : max_bytes_(max_bytes), min_lease_(min_lease), clock_(clock) {}

  using Store::create;
  Result<std::unique_ptr<BlobWriter>> create(std::uint64_t size_hint, Packing packing) override;
  Result<std::unique_ptr<BlobReader>> open(const Digest& digest, Verify verify) override;
  Result<std::vector<Digest>> missing(std::span<const Digest> digests) override;
  Result<std::vector<BlobRef>> lease(std::span<const BlobRef> blobs) override;
  bool opens_slowly(const BlobRef&, Verify) const override { return false; }
  Result<bool> erase(const Digest& digest) override;

  Result<std::optional<EntryInfo>> find(const EntryKey& key) override;
  Result<std::vector<bool>> contains(std::span<const EntryKey> keys) override;
  Result<PutOutcome> put(const EntryKey& key, const BlobRef& blob, const EntryMeta& meta,
                         IfExists if_exists) override;
  Result<bool> erase(const EntryKey& key) override;
  Result<EntryPage> list(const EntryKey* from, std::size_t limit) override;

  StoreStats stats() const override;
  Result<void> clear() override;
  // Memory is taken to be sound.
  Result<ScrubStep> scrub(const Digest*, std::uint64_t) override;
  Result<void> flush() override { return {}; }

 private:
  class Writer;
  struct Blob {
    std::shared_ptr<const std::string> content;
    std::uint64_t used = 0;  // larger is later
    std::chrono::system_clock::time_point leased_until;
  };

  Result<void> check_size(std::uint64_t size) const;
  // The following are called with mutex_ held.
  std::uint64_t used_bytes() const;
  Result<void> make_room(std::uint64_t bytes);
  bool remove(const Digest& digest);
  Result<void> keep(const Digest& digest, std::string content);

  const std::uint64_t max_bytes_;
  const std::chrono::milliseconds min_lease_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<Digest, Blob> blobs_;
  std::map<EntryKey, EntryInfo> entries_;
  std::uint64_t bytes_ = 0;
  std::uint64_t uses_ = 0;
  std::uint64_t evicted_blobs_ = 0;
  std::uint64_t evicted_bytes_ = 0;
};

}  // namespace fabrik::cache
