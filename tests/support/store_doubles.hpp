// Stores in front of another one: one that counts what it is asked, one that
// fails where it is told to. Both pass the store contract as long as they are
// left alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cache/store.hpp"

namespace fabrik::testing {

// Asks before() ahead of every operation that touches the store, reads and
// writes of single pieces included; what that answers counts.
class WrappedStore : public cache::Store {
 public:
  explicit WrappedStore(cache::Store& inner) : inner_(inner) {}

  Result<std::unique_ptr<cache::BlobWriter>> create(std::uint64_t size_hint,
                                                    cache::Packing packing) override {
    FABRIK_CHECK(before("create"));
    FABRIK_TRY(auto writer, inner_.create(size_hint, packing));
    return std::make_unique<Writer>(*this, std::move(writer));
  }
  Result<std::unique_ptr<cache::BlobReader>> open(const Digest& digest,
                                                  cache::Verify verify) override {
    FABRIK_CHECK(before("open"));
    FABRIK_TRY(auto reader, inner_.open(digest, verify));
    if (!reader) {
      return nullptr;
    }
    return std::make_unique<Reader>(*this, std::move(reader));
  }
  Result<std::vector<Digest>> missing(std::span<const Digest> digests) override {
    FABRIK_CHECK(before("missing"));
    return inner_.missing(digests);
  }
  Result<std::vector<cache::BlobRef>> lease(std::span<const cache::BlobRef> blobs) override {
    FABRIK_CHECK(before("lease"));
    return inner_.lease(blobs);
  }
  bool opens_slowly(const cache::BlobRef& blob, cache::Verify verify) const override {
    return inner_.opens_slowly(blob, verify);
  }
  Result<bool> erase(const Digest& digest) override {
    FABRIK_CHECK(before("erase"));
    return inner_.erase(digest);
  }
  Result<std::optional<cache::EntryInfo>> find(const cache::EntryKey& key) override {
    FABRIK_CHECK(before("find"));
    return inner_.find(key);
  }
  Result<std::vector<bool>> contains(std::span<const cache::EntryKey> keys) override {
    FABRIK_CHECK(before("contains"));
    return inner_.contains(keys);
  }
  Result<cache::PutOutcome> put(const cache::EntryKey& key, const cache::BlobRef& blob,
                                const cache::EntryMeta& meta, cache::IfExists if_exists) override {
    FABRIK_CHECK(before("put"));
    return inner_.put(key, blob, meta, if_exists);
  }
  Result<bool> erase(const cache::EntryKey& key) override {
    FABRIK_CHECK(before("erase"));
    return inner_.erase(key);
  }
  Result<cache::EntryPage> list(const cache::EntryKey* from, std::size_t limit) override {
    FABRIK_CHECK(before("list"));
    return inner_.list(from, limit);
  }
  cache::StoreStats stats() const override { return inner_.stats(); }
  Result<void> clear() override {
    FABRIK_CHECK(before("clear"));
    return inner_.clear();
  }
  Result<cache::ScrubStep> scrub(const Digest* from, std::uint64_t bytes) override {
    FABRIK_CHECK(before("scrub"));
    return inner_.scrub(from, bytes);
  }
  Result<void> flush() override {
    FABRIK_CHECK(before("flush"));
    return inner_.flush();
  }

 protected:
  // Called from any thread.
  virtual Result<void> before(std::string_view operation) = 0;

 private:
  class Reader final : public cache::BlobReader {
   public:
    Reader(WrappedStore& owner, std::unique_ptr<cache::BlobReader> inner)
        : owner_(owner), inner_(std::move(inner)) {}
    const cache::BlobRef& ref() const override { return inner_->ref(); }
    Result<Bytes> next() override {
      FABRIK_CHECK(owner_.before("next"));
      return inner_->next();
    }
    Result<void> seek(std::uint64_t offset) override { return inner_->seek(offset); }

   private:
    WrappedStore& owner_;
    std::unique_ptr<cache::BlobReader> inner_;
  };

  class Writer final : public cache::BlobWriter {
   public:
    Writer(WrappedStore& owner, std::unique_ptr<cache::BlobWriter> inner)
        : owner_(owner), inner_(std::move(inner)) {}
    void hash(Bytes data) override { inner_->hash(data); }
    Result<void> keep(Bytes data) override {
      FABRIK_CHECK(owner_.before("keep"));
      return inner_->keep(data);
    }
    Result<cache::BlobRef> commit(const Digest* expected) override {
      FABRIK_CHECK(owner_.before("commit"));
      return inner_->commit(expected);
    }

   private:
    WrappedStore& owner_;
    std::unique_ptr<cache::BlobWriter> inner_;
  };

  cache::Store& inner_;
};

class CountingStore final : public WrappedStore {
 public:
  using WrappedStore::WrappedStore;
  std::uint64_t operations() const { return operations_; }

 private:
  Result<void> before(std::string_view) override {
    ++operations_;
    return {};
  }

  std::atomic<std::uint64_t> operations_{0};
};

class FaultyStore final : public WrappedStore {
 public:
  using WrappedStore::WrappedStore;
  // Of the operations from here on, number `nth` (from 0) fails, and no other.
  void fail_at(std::int64_t nth, Errc code = Errc::io) {
    code_ = code;
    left_ = nth;
  }
  bool has_failed() const { return left_ < 0; }

 private:
  Result<void> before(std::string_view operation) override {
    if (left_-- == 0) {
      return fail(code_, "injected fault in " + std::string(operation));
    }
    return {};
  }

  std::atomic<std::int64_t> left_{std::numeric_limits<std::int64_t>::max()};
  std::atomic<Errc> code_{Errc::io};
};

}  // namespace fabrik::testing
