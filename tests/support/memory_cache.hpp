// The smallest CacheApi: a map. Pieces of 64 KiB, so that readers are read more
// than once.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "cache/cache_api.hpp"

namespace fabrik::testing {

class MemoryCache final : public cache::CacheApi {
 public:
  struct Entry {
    cache::EntryInfo info;
    std::string bytes;
  };

  // Writes over this many bytes are accepted and dropped.
  void limit_entry_size(std::size_t bytes) { limit_ = bytes; }
  std::size_t size() const { return entries_.size(); }
  const Entry* find(const cache::EntryKey& key) const {
    const auto it = entries_.find(key);
    return it == entries_.end() ? nullptr : &it->second;
  }

  const Entry& first() const { return entries_.begin()->second; }

  net::Task<Result<std::optional<cache::EntryInfo>>> stat(const cache::EntryKey& key) override {
    const Entry* entry = find(key);
    co_return entry != nullptr ? std::optional(entry->info) : std::nullopt;
  }

  net::Task<Result<std::unique_ptr<cache::EntryReader>>> open(const cache::EntryKey& key,
                                                              cache::Verify verify) override {
    last_verify_ = verify;
    const Entry* entry = find(key);
    if (entry == nullptr) {
      co_return nullptr;
    }
    co_return std::make_unique<Reader>(*entry);
  }
  // How thoroughly the last open() was asked to check.
  cache::Verify last_verify() const { return last_verify_; }

  net::Task<Result<std::unique_ptr<cache::EntryWriter>>> create(const cache::EntryKey& key,
                                                                cache::PutSpec spec) override {
    co_return std::make_unique<Writer>(*this, key, spec.if_exists);
  }

  net::Task<Result<bool>> erase(const cache::EntryKey& key) override {
    co_return entries_.erase(key) > 0;
  }

 private:
  class Reader final : public cache::EntryReader {
   public:
    explicit Reader(Entry entry) : entry_(std::move(entry)) {}
    const cache::EntryInfo& info() const override { return entry_.info; }
    std::uint64_t size() const override { return entry_.bytes.size(); }
    net::Task<Result<Bytes>> next() override {
      const std::size_t size = std::min<std::size_t>(64 * 1024, entry_.bytes.size() - read_);
      const Bytes piece = as_bytes(entry_.bytes).subspan(read_, size);
      read_ += size;
      co_return piece;
    }
    Result<void> seek(std::uint64_t offset) override {
      read_ = offset;
      return {};
    }

   private:
    Entry entry_;
    std::size_t read_ = 0;
  };

  class Writer final : public cache::EntryWriter {
   public:
    Writer(MemoryCache& cache, cache::EntryKey key, cache::IfExists if_exists)
        : cache_(cache), key_(std::move(key)), if_exists_(if_exists) {}
    net::Task<Result<void>> append(Bytes data) override {
      bytes_ += as_text(data);
      co_return Result<void>();
    }
    net::Task<Result<cache::PutOutcome>> commit(cache::EntryMeta meta) override {
      if (if_exists_ == cache::IfExists::keep && cache_.entries_.contains(key_)) {
        co_return cache::PutOutcome::existed;
      }
      if (bytes_.size() > cache_.limit_) {
        co_return cache::PutOutcome::dropped;
      }
      cache::EntryInfo info;
      info.blob = {.digest = sha256(as_bytes(bytes_)), .size = bytes_.size()};
      info.meta = std::move(meta);
      cache_.entries_[key_] = Entry{std::move(info), std::move(bytes_)};
      co_return cache::PutOutcome::stored;
    }

   private:
    MemoryCache& cache_;
    cache::EntryKey key_;
    cache::IfExists if_exists_;
    std::string bytes_;
  };

  std::map<cache::EntryKey, Entry> entries_;
  std::size_t limit_ = SIZE_MAX;
  cache::Verify last_verify_ = cache::Verify::while_reading;
};

}  // namespace fabrik::testing
