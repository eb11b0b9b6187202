#include "cache/memory_store.hpp"

#include <algorithm>

#include "base/units.hpp"
#include "cache/blob_reader.hpp"
#include "cache/footprint.hpp"

namespace fabrik::cache {
namespace {

class Reader final : public BlobReader {
 public:
  Reader(const Digest& digest, std::shared_ptr<const std::string> content)
      : ref_{.digest = digest, .size = content->size()},
        content_(std::move(content)),
        rest_(as_bytes(*content_)) {}

  const BlobRef& ref() const override { return ref_; }
  Result<Bytes> next() override {
    const Bytes piece = rest_.first(std::min(rest_.size(), kChunkSize));
    rest_ = rest_.subspan(piece.size());
    return piece;
  }
  Result<void> seek(std::uint64_t offset) override {
    FABRIK_CHECK(check_offset(ref_, offset));
    rest_ = as_bytes(*content_).subspan(offset);
    return {};
  }

 private:
  BlobRef ref_;
  std::shared_ptr<const std::string> content_;
  Bytes rest_;
};

}  // namespace

class MemoryStore::Writer final : public BlobWriter {
 public:
  explicit Writer(MemoryStore& store) : store_(store) {}

  void hash(Bytes) override {}  // commit() does
  Result<void> keep(Bytes data) override {
    auto fits = store_.check_size(content_.size() + data.size());
    if (fits && !failed_) {
      content_ += as_text(data);
    } else if (!fits) {
      failed_ = fits.error();
    }
    return failed_ ? Result<void>(fail(*failed_)) : Result<void>{};
  }
  Result<BlobRef> commit(const Digest* expected) override {
    if (failed_) {
      return fail(*failed_);
    }
    const BlobRef ref{.digest = sha256(as_bytes(content_)), .size = content_.size()};
    if (expected != nullptr && ref.digest != *expected) {
      return fail(Errc::digest_mismatch, "store blob " + expected->hex() +
                                             ": the bytes received have the SHA-256 " +
                                             ref.digest.hex());
    }
    const std::lock_guard lock(store_.mutex_);
    FABRIK_CHECK(store_.keep(ref.digest, std::move(content_)));
    return ref;
  }

 private:
  MemoryStore& store_;
  std::string content_;
  std::optional<Error> failed_;
};

Result<void> MemoryStore::check_size(std::uint64_t size) const {
  if (blob_footprint(size) <= max_bytes_) {
    return {};
  }
  return fail(Errc::too_large, "store " + format_size(size) + ": larger than the whole cache (" +
                                   format_size(max_bytes_) + ")");
}

std::uint64_t MemoryStore::used_bytes() const {
  return bytes_ + blobs_.size() * kBlobOverhead + entries_.size() * kEntryOverhead;
}

Result<void> MemoryStore::make_room(std::uint64_t bytes) {
  while (used_bytes() + bytes > max_bytes_) {
    auto victim = blobs_.end();
    for (auto at = blobs_.begin(); at != blobs_.end(); ++at) {
      if (at->second.leased_until <= clock_.now() &&
          (victim == blobs_.end() || at->second.used < victim->second.used)) {
        victim = at;
      }
    }
    if (victim == blobs_.end()) {
      return fail(Errc::no_space, "store " + format_size(bytes) +
                                      ": the cache is full, and nothing in it may be evicted now");
    }
    ++evicted_blobs_;
    evicted_bytes_ += victim->second.content->size();
    remove(Digest(victim->first));
  }
  return {};
}

bool MemoryStore::remove(const Digest& digest) {
  const auto found = blobs_.find(digest);
  if (found == blobs_.end()) {
    return false;
  }
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.blob.digest == digest; });
  bytes_ -= found->second.content->size();
  blobs_.erase(found);
  return true;
}

Result<void> MemoryStore::keep(const Digest& digest, std::string content) {
  if (!blobs_.contains(digest)) {
    FABRIK_CHECK(make_room(blob_footprint(content.size())));
    bytes_ += content.size();
    blobs_[digest].content = std::make_shared<const std::string>(std::move(content));
  }
  blobs_[digest].used = ++uses_;
  return {};
}

Result<std::unique_ptr<BlobWriter>> MemoryStore::create(std::uint64_t size_hint, Packing) {
  FABRIK_CHECK(check_size(size_hint));
  return std::make_unique<Writer>(*this);
}

Result<std::unique_ptr<BlobReader>> MemoryStore::open(const Digest& digest, Verify) {
  const std::lock_guard lock(mutex_);
  const auto found = blobs_.find(digest);
  if (found == blobs_.end()) {
    return nullptr;
  }
  found->second.used = ++uses_;
  return std::make_unique<Reader>(digest, found->second.content);
}

Result<std::vector<Digest>> MemoryStore::missing(std::span<const Digest> digests) {
  const std::lock_guard lock(mutex_);
  std::vector<Digest> absent;
  for (const Digest& digest : digests) {
    if (const auto found = blobs_.find(digest); found != blobs_.end()) {
      found->second.used = ++uses_;
    } else {
      absent.push_back(digest);
    }
  }
  return absent;
}

Result<std::vector<BlobRef>> MemoryStore::lease(std::span<const BlobRef> blobs) {
  const std::lock_guard lock(mutex_);
  std::vector<BlobRef> absent;
  for (const BlobRef& blob : blobs) {
    const auto found = blobs_.find(blob.digest);
    if (found != blobs_.end() && found->second.content->size() == blob.size) {
      found->second.leased_until = clock_.now() + min_lease_;
      found->second.used = ++uses_;
    } else {
      absent.push_back(blob);
    }
  }
  return absent;
}

Result<bool> MemoryStore::erase(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  return remove(digest);
}

Result<std::optional<EntryInfo>> MemoryStore::find(const EntryKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::vector<bool>> MemoryStore::contains(std::span<const EntryKey> keys) {
  const std::lock_guard lock(mutex_);
  std::vector<bool> found;
  for (const EntryKey& key : keys) {
    found.push_back(entries_.contains(key));
  }
  return found;
}

Result<PutOutcome> MemoryStore::put(const EntryKey& key, const BlobRef& blob, const EntryMeta& meta,
                                    IfExists if_exists) {
  const std::lock_guard lock(mutex_);
  if (if_exists == IfExists::keep && entries_.contains(key)) {
    return PutOutcome::existed;
  }
  if (!entries_.contains(key)) {
    FABRIK_CHECK(make_room(kEntryOverhead));
  }
  const auto found = blobs_.find(blob.digest);
  if (found == blobs_.end()) {
    return fail(Errc::not_found,
                "store entry: its blob " + blob.digest.hex() + " is not in the cache (any more)");
  }
  entries_[key] = {.blob = {.digest = blob.digest, .size = found->second.content->size()},
                   .meta = meta,
                   .created = clock_.now()};
  return PutOutcome::stored;
}

Result<bool> MemoryStore::erase(const EntryKey& key) {
  const std::lock_guard lock(mutex_);
  return entries_.erase(key) != 0;
}

Result<EntryPage> MemoryStore::list(const EntryKey* from, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  EntryPage page;
  auto at = from == nullptr ? entries_.begin() : entries_.lower_bound(*from);
  for (; at != entries_.end() && page.entries.size() < limit; ++at) {
    page.entries.emplace_back(*at);
  }
  if (at != entries_.end()) {
    page.next = at->first;
  }
  return page;
}

StoreStats MemoryStore::stats() const {
  const std::lock_guard lock(mutex_);
  StoreStats stats;
  stats.entries = entries_.size();
  stats.blobs = blobs_.size();
  stats.bytes = bytes_;
  stats.content_bytes = bytes_;
  stats.max_bytes = max_bytes_;
  stats.evicted_blobs = evicted_blobs_;
  stats.evicted_bytes = evicted_bytes_;
  return stats;
}

Result<ScrubStep> MemoryStore::scrub(const Digest*, std::uint64_t) {
  const std::lock_guard lock(mutex_);
  return ScrubStep{.blobs = blobs_.size(), .bytes = bytes_, .damaged = 0, .next = std::nullopt};
}

Result<void> MemoryStore::clear() {
  const std::lock_guard lock(mutex_);
  blobs_.clear();
  entries_.clear();
  bytes_ = 0;
  return {};
}

}  // namespace fabrik::cache
