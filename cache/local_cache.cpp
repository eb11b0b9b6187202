#include "cache/local_cache.hpp"

#include "cache/schema.hpp"

namespace fabrik::cache {
namespace {

// The client's data is fine and the store is sound; there is only no place for
// it. That is no error for anybody.
bool means_dropped(Errc code) {
  return code == Errc::no_space || code == Errc::too_large || code == Errc::unavailable;
}

class LocalReader final : public EntryReader {
 public:
  LocalReader(Space space, EntryInfo info, std::unique_ptr<BlobReader> blob,
              CacheCounters& counters)
      : space_(space), info_(std::move(info)), blob_(std::move(blob)), counters_(counters) {}

  const EntryInfo& info() const override { return info_; }
  std::uint64_t size() const override { return blob_->ref().size; }
  net::Task<Result<Bytes>> next() override {
    auto piece = blob_->next();
    if (piece) {
      counters_.read(space_, piece->size());
    }
    co_return piece;
  }
  Result<void> seek(std::uint64_t offset) override { return blob_->seek(offset); }

 private:
  Space space_;
  EntryInfo info_;
  std::unique_ptr<BlobReader> blob_;
  CacheCounters& counters_;
};

class LocalWriter final : public EntryWriter {
 public:
  struct Parts {
    Store& store;
    net::BlockingPool& pool;
    CacheCounters& counters;
    AuditLog* audit;
  };
  LocalWriter(Parts parts, EntryKey key, IfExists if_exists, std::unique_ptr<BlobWriter> blob)
      : p_(parts), key_(std::move(key)), if_exists_(if_exists), blob_(std::move(blob)) {}
  // Takes the bytes and does nothing with them.
  LocalWriter(Parts parts, EntryKey key, PutOutcome outcome)
      : p_(parts), key_(std::move(key)), outcome_(outcome) {}

  net::Task<Result<void>> append(Bytes data) override {
    if (!blob_) {
      co_return Result<void>{};
    }
    size_ += data.size();
    Result<void> appended;
    if (size_ <= kInlineLimit) {
      appended = blob_->append(data);  // to memory
    } else {
      co_await p_.pool.run_beside([&] { appended = blob_->keep(data); },
                                  [&] { blob_->hash(data); });
    }
    if (!appended && means_dropped(appended.error().code)) {
      blob_.reset();
      co_return Result<void>{};
    }
    co_return appended;
  }

  net::Task<Result<PutOutcome>> commit(EntryMeta meta) override {
    Result<PutOutcome> outcome = outcome_;
    if (blob_) {
      outcome = co_await net::on_pool(p_.pool, [this, &meta] { return store(meta); });
    }
    if (outcome && *outcome == PutOutcome::stored) {
      p_.counters.stored(key_.space, size_);
    } else if (outcome && *outcome == PutOutcome::dropped) {
      p_.counters.dropped(key_.space);
    }
    co_return outcome;
  }

 private:
  Result<PutOutcome> store(const EntryMeta& meta) {
    const auto writer = std::move(blob_);
    const auto ref = writer->commit();
    if (!ref) {
      return dropped_or(ref.error());
    }
    auto outcome = p_.store.put(key_, *ref, meta, if_exists_);
    if (p_.audit && outcome && *outcome == PutOutcome::stored) {
      p_.audit->wrote({.key = key_, .blob = *ref, .origin = origin_of(meta)});
    }
    // not_found: under heavy pressure the blob may be gone again already.
    if (!outcome && outcome.error().code == Errc::not_found) {
      return PutOutcome::dropped;
    }
    return outcome ? outcome : dropped_or(outcome.error());
  }

  static Result<PutOutcome> dropped_or(const Error& error) {
    if (means_dropped(error.code)) {
      return PutOutcome::dropped;
    }
    return fail(error);
  }

  Parts p_;
  EntryKey key_;
  IfExists if_exists_ = IfExists::replace;
  std::unique_ptr<BlobWriter> blob_;  // nullptr: swallows
  PutOutcome outcome_ = PutOutcome::dropped;
  std::uint64_t size_ = 0;
};

}  // namespace

net::Task<Result<std::optional<EntryInfo>>> LocalCache::stat(const EntryKey& key) {
  co_return store_.find(key);
}

net::Task<Result<std::unique_ptr<EntryReader>>> LocalCache::open(const EntryKey& key,
                                                                 Verify verify) {
  auto info = store_.find(key);
  if (!info) {
    counters_.miss(key.space);
    co_return fail(std::move(info).error());
  }
  Result<std::unique_ptr<BlobReader>> blob = nullptr;
  if (*info) {
    const BlobRef ref = (*info)->blob;
    const auto open_blob = [this, ref, verify] { return store_.open(ref.digest, verify); };
    if (store_.opens_slowly(ref, verify)) {
      blob = co_await net::on_pool(pool_, open_blob);
    } else {
      blob = open_blob();
    }
  }
  if (!blob || !*blob) {
    counters_.miss(key.space);
    if (!blob) {
      co_return fail(std::move(blob).error());
    }
    co_return nullptr;
  }
  counters_.hit(key.space);
  co_return std::make_unique<LocalReader>(key.space, **std::move(info), *std::move(blob),
                                          counters_);
}

net::Task<Result<std::unique_ptr<EntryWriter>>> LocalCache::create(const EntryKey& key,
                                                                   PutSpec spec) {
  const LocalWriter::Parts parts{
      .store = store_, .pool = pool_, .counters = counters_, .audit = audit_};
  if (spec.if_exists == IfExists::keep) {
    FABRIK_CO_TRY(const auto old, store_.find(key));
    if (old) {
      co_return std::make_unique<LocalWriter>(parts, key, PutOutcome::existed);
    }
  }
  auto blob = store_.create(spec.size_hint,
                            any_matches(packed_, key) ? Packing::where_it_pays : Packing::plain);
  if (!blob && means_dropped(blob.error().code)) {
    co_return std::make_unique<LocalWriter>(parts, key, PutOutcome::dropped);
  }
  if (!blob) {
    co_return fail(std::move(blob).error());
  }
  co_return std::make_unique<LocalWriter>(parts, key, spec.if_exists, *std::move(blob));
}

net::Task<Result<bool>> LocalCache::erase(const EntryKey& key) {
  co_return co_await net::on_pool(pool_, [this, &key] { return store_.erase(key); });
}

}  // namespace fabrik::cache
