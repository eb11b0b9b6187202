#include "cache/rocks_store.hpp"

#include <algorithm>

#include "base/fs.hpp"
#include "cache/footprint.hpp"
#include "cache/rocks_store_impl.hpp"

namespace fabrik::cache {
namespace {

std::chrono::milliseconds expire_interval(const RocksStoreOptions& options) {
  using namespace std::chrono_literals;
  if (options.policy != EvictionPolicy::ttl || options.default_ttl.count() == 0) {
    return 0ms;
  }
  return std::clamp<std::chrono::milliseconds>(options.default_ttl / 10, 1s, 1h);
}

std::uint64_t count(std::int64_t total) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, total));
}

}  // namespace

RocksStore::RocksStore(const RocksStoreOptions& options, StoreLock lock, const Clock& clock,
                       Log& log)
    : options_(options),
      clock_(clock),
      log_(log),
      lock_(std::move(lock)),
      layout_(options.dir, clock, log),
      quotas_(options.quotas),
      db_({.dir = layout_.db(),
           .sync = options.durability == Durability::sync,
           .on_trouble = [this] { upkeep_.wake(); },
           .accounts = quotas_.accounts()},
          log),
      files_(layout_.blobs(), layout_.tmp(), options.durability == Durability::sync),
      order_(eviction_order(options.policy)),
      ticks_(clock),
      blobs_({.db = db_,
              .files = files_,
              .locks = locks_,
              .order = *order_,
              .quotas = quotas_,
              .ticks = ticks_,
              .clock = clock,
              .ttl = options.default_ttl,
              .on_damage = [this] { upkeep_.report_damage(); }}),
      entries_(db_, blobs_, locks_, quotas_, clock),
      usage_(blobs_, ticks_, [this] { upkeep_.wake(); }),
      evictor_(blobs_, usage_, clock, log),
      quota_keeper_(
          {.db = db_, .blobs = blobs_, .entries = entries_, .usage = usage_, .quotas = quotas_}),
      room_(
          {.dir = options.dir, .max_bytes = options.max_bytes, .min_free = options.min_free_bytes},
          db_, evictor_) {}

Result<void> RocksStore::start() {
  auto opened = db_.open();
  if (!opened && opened.error().code == Errc::corrupt) {
    FABRIK_CHECK(layout_.set_index_aside(opened.error().message));
    opened = db_.open();
  }
  FABRIK_CHECK(opened);
  ticks_.start_after(db_.totals().tick);
  const bool sorted = sort_quotas();
  const bool clean = db_.take_clean_mark() && layout_.to_salvage().empty() && sorted;
  upkeep_.start({.reconcile = {.db = db_,
                               .blobs = blobs_,
                               .entries = entries_,
                               .files = files_,
                               .quotas = quotas_,
                               .log = log_},
                 .usage = usage_,
                 .evictor = evictor_,
                 .layout = layout_,
                 .lock = lock_,
                 .room = room_,
                 .scrub = {.db = db_,
                           .clock = clock_,
                           .log = log_,
                           .check = [this](const Digest* from,
                                           std::uint64_t bytes) { return scrub(from, bytes); },
                           .interval = options_.scrub_interval,
                           .bytes_per_second = options_.scrub_bytes_per_second},
                 .dir = options_.dir,
                 .touch_interval = options_.touch_interval,
                 .expire_interval = expire_interval(options_)},
                !clean);
  return {};
}

bool RocksStore::sort_quotas() {
  if (db_.note() == quotas_.fingerprint()) {
    return true;
  }
  const auto emptied = db_.recreate({Family::quotas});
  if (!emptied || !db_.set_note(quotas_.fingerprint())) {
    log_.warn("quotas cannot be written down now");
  }
  return false;
}

RocksStore::~RocksStore() {
  upkeep_.stop();
  const auto flushed = flush();
  if (!flushed) {
    log_.warn("cache not flushed at exit", {{"reason", flushed.error().message}});
  } else if (upkeep_.is_settled()) {
    db_.set_clean_mark();
  }
  db_.close();
}

Result<void> RocksStore::check_writable() const {
  const std::string where = "store in " + options_.dir.string() + ": ";
  switch (db_.health()) {
    case Health::good:
      return {};
    case Health::full:
      return fail(Errc::no_space, where + "the disk is full; free some space");
    case Health::failing:
      return fail(Errc::unavailable,
                  where + "the disk takes no writes; see that it is mounted and writable");
    case Health::damaged:
      break;
  }
  return fail(Errc::unavailable, where + "the cache is read-only while its index recovers");
}

Result<std::optional<EntryInfo>> RocksStore::find(const EntryKey& key) {
  upkeep_.note_request();
  auto found = entries_.find(key);
  if (!found && found.error().code == Errc::unavailable) {
    return std::nullopt;
  }
  return found;
}

Result<std::vector<bool>> RocksStore::contains(std::span<const EntryKey> keys) {
  upkeep_.note_request();
  auto found = entries_.contains(keys);
  if (!found && found.error().code == Errc::unavailable) {
    return std::vector<bool>(keys.size());
  }
  return found;
}

Result<PutOutcome> RocksStore::put(const EntryKey& key, const BlobRef& blob, const EntryMeta& meta,
                                   IfExists if_exists) {
  FABRIK_CHECK(check_writable());
  Room::Reservation room(room_);
  FABRIK_CHECK(room.grow_to(kEntryOverhead));
  QuotaKeeper::Reservation quota(quota_keeper_);
  if (auto taken = quota.take(key, blob.size); !taken) {
    FABRIK_CHECK(blobs_.remove_unnamed(blob.digest));
    return fail(std::move(taken).error());
  }
  return entries_.put(key, blob, meta, if_exists);
}

Result<bool> RocksStore::erase(const EntryKey& key) {
  return entries_.erase(key);
}

Result<EntryPage> RocksStore::list(const EntryKey* from, std::size_t limit) {
  return entries_.list(from, limit);
}

StoreStats RocksStore::stats() const {
  const Totals totals = db_.totals();
  const auto writable = check_writable();
  return {.entries = count(totals.entries),
          .blobs = count(totals.blobs),
          .bytes = count(totals.bytes),
          .content_bytes = count(totals.content),
          .max_bytes = options_.max_bytes,
          .evicted_blobs = evictor_.evicted_blobs(),
          .evicted_bytes = evictor_.evicted_bytes(),
          .evicted_while_referenced = evictor_.evicted_while_referenced(),
          .corrupt_dropped = corrupt_dropped_.load(),
          .read_only = !writable,
          .problem = writable ? "" : writable.error().message,
          .quotas = quota_keeper_.stats()};
}

Result<void> RocksStore::clear() {
  FABRIK_CHECK(db_.wipe());
  usage_.forget_all();
  blobs_.cursor().restart();
  return files_.clear();
}

Result<void> RocksStore::flush() {
  FABRIK_CHECK(usage_.flush());
  return db_.flush();
}

Result<std::unique_ptr<Store>> open_rocks_store(const RocksStoreOptions& options,
                                                const Clock& clock, Log& log) {
  FABRIK_CHECK(ensure_private_dir(options.dir));
  FABRIK_TRY(StoreLock lock, StoreLock::acquire(options.dir, options.owner));
  FABRIK_CHECK(StoreLayout(options.dir, clock, log).prepare());
  auto store = std::make_unique<RocksStore>(options, std::move(lock), clock, log);
  FABRIK_CHECK(store->start());
  return store;
}

}  // namespace fabrik::cache
