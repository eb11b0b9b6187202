#include "tests/support/memory_upstream.hpp"

#include <algorithm>

#include "tests/support/string_source.hpp"

namespace fabrik::testing {
Result<void> MemoryUpstream::enter() {
  ++calls_;
  const std::lock_guard lock(mutex_);
  if (fault_) {
    return fail(*fault_, name_ + ": told to fail");
  }
  return {};
}

net::Task<Result<void>> MemoryUpstream::probe(upstream::Patience) {
  co_return enter();
}

net::Task<Result<std::optional<cache::EntryInfo>>> MemoryUpstream::find(const cache::EntryKey& key,
                                                                        upstream::Patience) {
  FABRIK_CO_CHECK(enter());
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  co_return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

net::Task<Result<std::unique_ptr<net::BodySource>>> MemoryUpstream::open(const Digest& digest,
                                                                         upstream::Patience) {
  FABRIK_CO_CHECK(enter());
  ++opens_;
  const std::lock_guard lock(mutex_);
  const auto found = blobs_.find(digest);
  if (found == blobs_.end()) {
    co_return nullptr;
  }
  co_return std::make_unique<StringSource>(found->second);
}

net::Task<Result<std::vector<cache::BlobRef>>> MemoryUpstream::missing(
    std::span<const cache::BlobRef> blobs, upstream::Patience) {
  FABRIK_CO_CHECK(enter());
  const std::lock_guard lock(mutex_);
  std::vector<cache::BlobRef> absent;
  std::ranges::copy_if(blobs, std::back_inserter(absent), [this](const cache::BlobRef& blob) {
    const auto found = blobs_.find(blob.digest);
    return found == blobs_.end() || found->second.size() != blob.size;
  });
  co_return absent;
}

net::Task<Result<void>> MemoryUpstream::put_blob(const cache::BlobRef& blob, net::BodySource& bytes,
                                                 upstream::Patience) {
  FABRIK_CO_CHECK(enter());
  std::string content;
  for (;;) {
    FABRIK_CO_TRY(const Bytes piece, co_await bytes.next());
    if (piece.empty()) {
      break;
    }
    content += as_text(piece);
  }
  if (content.size() != blob.size || sha256(as_bytes(content)) != blob.digest) {
    co_return fail(Errc::digest_mismatch, name_ + ": the bytes are not the ones announced");
  }
  plant(blob.digest, std::move(content));
  co_return Result<void>{};
}

net::Task<Result<void>> MemoryUpstream::put_entry(const cache::EntryKey& key,
                                                  const cache::EntryInfo& info,
                                                  upstream::Patience) {
  FABRIK_CO_CHECK(enter());
  const std::lock_guard lock(mutex_);
  if (!blobs_.contains(info.blob.digest)) {
    co_return fail(Errc::not_found, name_ + ": the entry's blob is not here");
  }
  entries_[key] = info;
  co_return Result<void>{};
}

void MemoryUpstream::fail_with(std::optional<Errc> code) {
  const std::lock_guard lock(mutex_);
  fault_ = code;
}

void MemoryUpstream::plant(const Digest& digest, std::string bytes) {
  const std::lock_guard lock(mutex_);
  blobs_[digest] = std::move(bytes);
}

bool MemoryUpstream::has_blob(const Digest& digest) const {
  const std::lock_guard lock(mutex_);
  return blobs_.contains(digest);
}

bool MemoryUpstream::has_entry(const cache::EntryKey& key) const {
  const std::lock_guard lock(mutex_);
  return entries_.contains(key);
}

}  // namespace fabrik::testing
