#include "cache/local_content.hpp"

#include "cache/schema.hpp"

namespace fabrik::cache {
namespace {

// Asking for more does not belong on a thread that must not wait.
constexpr std::size_t kFewBlobs = 64;

EntryKey visibility_key(const std::string& ns, const Digest& digest) {
  return {.space = Space::cas, .ns = ns, .key = digest.hex()};
}

class LocalSource final : public BlobSource {
 public:
  LocalSource(Space space, std::unique_ptr<BlobReader> blob, CacheCounters& counters)
      : space_(space), blob_(std::move(blob)), counters_(counters) {}

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
  std::unique_ptr<BlobReader> blob_;
  CacheCounters& counters_;
};

class LocalUpload final : public BlobUpload {
 public:
  struct Parts {
    Store& store;
    net::BlockingPool& pool;
    CacheCounters& counters;
    AuditLog* audit;
  };
  // `ns`: the namespace that is to see the blob.
  LocalUpload(Parts parts, Space space, std::optional<std::string> ns,
              std::unique_ptr<BlobWriter> blob)
      : p_(parts), space_(space), ns_(std::move(ns)), blob_(std::move(blob)) {}

  std::uint64_t size() const override { return size_; }
  void written_by(WriteOrigin origin) override { origin_ = std::move(origin); }

  net::Task<Result<void>> append(Bytes data) override {
    size_ += data.size();
    Result<void> appended;
    if (size_ <= kInlineLimit) {
      appended = blob_->append(data);  // to memory
    } else {
      co_await p_.pool.run_beside([&] { appended = blob_->keep(data); },
                                  [&] { blob_->hash(data); });
    }
    co_return appended;
  }

  net::Task<Result<BlobRef>> commit(const BlobRef* expected) override {
    if (expected && expected->size != size_) {
      co_return fail(Errc::digest_mismatch, "the blob has " + std::to_string(size_) +
                                                " bytes and was announced with " +
                                                std::to_string(expected->size));
    }
    auto ref =
        co_await net::on_pool(p_.pool, [this, expected] { return publish_and_lease(expected); });
    if (ref) {
      p_.counters.stored(space_, ref->size);
      if (p_.audit && origin_) {
        p_.audit->wrote({.key = visibility_key(ns_.value_or(""), ref->digest),
                         .blob = *ref,
                         .origin = *std::move(origin_)});
      }
    }
    co_return ref;
  }

 private:
  Result<BlobRef> publish_and_lease(const BlobRef* expected) {
    const auto writer = std::move(blob_);
    FABRIK_TRY(const BlobRef ref, writer->commit(expected ? &expected->digest : nullptr));
    FABRIK_TRY(const auto absent, p_.store.lease({&ref, 1}));
    if (!absent.empty()) {
      return fail(Errc::no_space, "the blob was evicted again at once");
    }
    if (ns_) {
      EntryMeta meta;
      meta.writer = origin_ ? origin_->writer : "";
      FABRIK_CHECK(p_.store.put(visibility_key(*ns_, ref.digest), ref, meta, IfExists::replace));
    }
    return ref;
  }

  Parts p_;
  Space space_;
  std::optional<std::string> ns_;
  std::unique_ptr<BlobWriter> blob_;
  std::uint64_t size_ = 0;
  std::optional<WriteOrigin> origin_;
};

}  // namespace

std::unique_ptr<ContentApi> LocalContent::within(std::string ns) {
  auto view = std::make_unique<LocalContent>(store_, pool_, counters_, audit_, packed_);
  view->ns_ = std::move(ns);
  return view;
}

Result<std::vector<BlobRef>> LocalContent::missing_now(std::span<const BlobRef> blobs) {
  if (!ns_) {
    return store_.lease(blobs);
  }
  std::vector<EntryKey> keys;
  keys.reserve(blobs.size());
  for (const BlobRef& blob : blobs) {
    keys.push_back(visibility_key(*ns_, blob.digest));
  }
  FABRIK_TRY(const std::vector<bool> visible, store_.contains(keys));
  std::vector<BlobRef> seen;
  std::vector<BlobRef> missing;
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    (visible[i] ? seen : missing).push_back(blobs[i]);
  }
  FABRIK_TRY(const std::vector<BlobRef> gone, store_.lease(seen));
  missing.insert(missing.end(), gone.begin(), gone.end());
  return missing;
}

Result<bool> LocalContent::is_visible(const Digest& digest) {
  if (!ns_) {
    return true;
  }
  const EntryKey key = visibility_key(*ns_, digest);
  FABRIK_TRY(const std::vector<bool> found, store_.contains({&key, 1}));
  return found.front();
}

net::Task<Result<std::vector<BlobRef>>> LocalContent::missing(std::span<const BlobRef> blobs) {
  if (blobs.size() <= kFewBlobs) {
    co_return missing_now(blobs);
  }
  co_return co_await net::on_pool(pool_, [this, blobs] { return missing_now(blobs); });
}

net::Task<Result<std::unique_ptr<BlobSource>>> LocalContent::open(Space space, const Digest& digest,
                                                                  Verify verify) {
  FABRIK_CO_TRY(const bool visible, is_visible(digest));
  if (!visible) {
    counters_.miss(space);
    co_return nullptr;
  }
  Result<std::unique_ptr<BlobReader>> blob = nullptr;
  // The size is not known yet: judged as if it were a large one.
  const auto open_blob = [this, &digest, verify] { return store_.open(digest, verify); };
  if (store_.opens_slowly(BlobRef{.digest = digest, .size = kInlineLimit + 1}, verify)) {
    blob = co_await net::on_pool(pool_, open_blob);
  } else {
    blob = open_blob();
  }
  if (!blob || !*blob) {
    counters_.miss(space);
    if (!blob) {
      co_return fail(std::move(blob).error());
    }
    co_return nullptr;
  }
  counters_.hit(space);
  co_return std::make_unique<LocalSource>(space, *std::move(blob), counters_);
}

net::Task<Result<std::unique_ptr<BlobUpload>>> LocalContent::create(Space space,
                                                                    std::uint64_t size_hint) {
  const LocalUpload::Parts parts{
      .store = store_, .pool = pool_, .counters = counters_, .audit = audit_};
  const bool packed = ns_ ? any_matches(packed_, {.space = space, .ns = *ns_, .key = ""})
                          : any_matches_all_of(packed_, space);
  FABRIK_CO_TRY(auto blob,
                store_.create(size_hint, packed ? Packing::where_it_pays : Packing::plain));
  co_return std::make_unique<LocalUpload>(parts, space, ns_, std::move(blob));
}

net::Task<Result<PutOutcome>> LocalContent::link(const EntryKey& key, const BlobRef& blob,
                                                 EntryMeta meta, IfExists if_exists) {
  auto outcome = co_await net::on_pool(pool_, [this, &key, &blob, &meta, if_exists] {
    return store_.put(key, blob, meta, if_exists);
  });
  if (audit_ && outcome && *outcome == PutOutcome::stored) {
    audit_->wrote({.key = key, .blob = blob, .origin = origin_of(meta)});
  }
  co_return outcome;
}

net::Task<Result<EntryPage>> LocalContent::list(const EntryKey* from, std::size_t limit) {
  co_return co_await net::on_pool(pool_, [this, from, limit] { return store_.list(from, limit); });
}

net::Task<Result<bool>> LocalContent::erase(const Digest& digest) {
  co_return co_await net::on_pool(pool_, [this, &digest] { return store_.erase(digest); });
}

}  // namespace fabrik::cache
