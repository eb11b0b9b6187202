#include "cache/resilient_store.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "cache/background.hpp"

namespace fabrik::cache {
namespace {

class ResilientStore final : public Store {
 public:
  ResilientStore(OpenStore open, Log& log, Retry retry)
      : open_(std::move(open)), log_(log), retry_(retry), pause_(retry.first) {}
  ~ResilientStore() override { background_.stop(); }

  // conflict: as open_ said. Call once.
  Result<void> start() {
    if (auto opened = try_open(); !opened) {
      if (opened.error().code == Errc::conflict) {
        return opened;
      }
      log_.warn("the store cannot be opened; everything is a miss and writes are dropped",
                {{"error", opened.error().message}});
      background_.start([this, first = true](const std::stop_token&) mutable {
        return std::exchange(first, false) ? std::optional(pause_) : try_again();
      });
    }
    return {};
  }

  Result<std::unique_ptr<BlobWriter>> create(std::uint64_t size_hint, Packing packing) override {
    Store* const store = now();
    return store ? store->create(size_hint, packing) : refuse();
  }
  Result<std::unique_ptr<BlobReader>> open(const Digest& digest, Verify verify) override {
    Store* const store = now();
    return store ? store->open(digest, verify) : nullptr;
  }
  Result<std::vector<Digest>> missing(std::span<const Digest> digests) override {
    Store* const store = now();
    return store ? store->missing(digests) : std::vector(digests.begin(), digests.end());
  }
  Result<std::vector<BlobRef>> lease(std::span<const BlobRef> blobs) override {
    Store* const store = now();
    return store ? store->lease(blobs) : std::vector(blobs.begin(), blobs.end());
  }
  bool opens_slowly(const BlobRef& blob, Verify verify) const override {
    const Store* const store = now();
    return store && store->opens_slowly(blob, verify);
  }
  Result<bool> erase(const Digest& digest) override {
    Store* const store = now();
    return store ? store->erase(digest) : false;
  }

  Result<std::optional<EntryInfo>> find(const EntryKey& key) override {
    Store* const store = now();
    return store ? store->find(key) : std::nullopt;
  }
  Result<std::vector<bool>> contains(std::span<const EntryKey> keys) override {
    Store* const store = now();
    return store ? store->contains(keys) : std::vector<bool>(keys.size());
  }
  Result<PutOutcome> put(const EntryKey& key, const BlobRef& blob, const EntryMeta& meta,
                         IfExists if_exists) override {
    Store* const store = now();
    return store ? store->put(key, blob, meta, if_exists) : refuse();
  }
  Result<bool> erase(const EntryKey& key) override {
    Store* const store = now();
    return store ? store->erase(key) : false;
  }
  Result<EntryPage> list(const EntryKey* from, std::size_t limit) override {
    Store* const store = now();
    return store ? store->list(from, limit) : EntryPage{};
  }

  StoreStats stats() const override {
    if (const Store* const store = now()) {
      return store->stats();
    }
    const std::lock_guard lock(mutex_);
    return {.read_only = true, .problem = problem_};
  }
  Result<void> clear() override {
    Store* const store = now();
    return store ? store->clear() : refuse();
  }
  Result<ScrubStep> scrub(const Digest* from, std::uint64_t bytes) override {
    Store* const store = now();
    return store ? store->scrub(from, bytes) : refuse();
  }
  Result<void> flush() override {
    Store* const store = now();
    return store ? store->flush() : Result<void>{};
  }

 private:
  Store* now() const { return current_.load(std::memory_order_acquire); }

  std::unexpected<Error> refuse() const {
    const std::lock_guard lock(mutex_);
    return fail(Errc::unavailable, problem_);
  }

  Result<void> try_open() {
    auto opened = open_();
    if (!opened) {
      const std::lock_guard lock(mutex_);
      problem_ = opened.error().message;
      return fail(std::move(opened).error());
    }
    store_ = *std::move(opened);
    current_.store(store_.get(), std::memory_order_release);
    return {};
  }

  std::optional<std::chrono::milliseconds> try_again() {
    if (const auto opened = try_open(); !opened) {
      log_.debug("the store still cannot be opened", {{"error", opened.error().message}});
      pause_ = std::min(pause_ * 2, retry_.last);
      return pause_;
    }
    log_.info("the store is open; artefacts are kept from now on");
    return std::nullopt;
  }

  const OpenStore open_;
  Log& log_;
  const Retry retry_;
  std::chrono::milliseconds pause_;
  std::unique_ptr<Store> store_;
  std::atomic<Store*> current_{nullptr};  // store_, once it is open
  mutable std::mutex mutex_;
  std::string problem_;
  Background background_;  // last: its thread ends before the rest goes
};

}  // namespace

Result<std::unique_ptr<Store>> open_resilient_store(OpenStore open, Log& log, Retry retry) {
  auto store = std::make_unique<ResilientStore>(std::move(open), log, retry);
  FABRIK_CHECK(store->start());
  return store;
}

}  // namespace fabrik::cache
