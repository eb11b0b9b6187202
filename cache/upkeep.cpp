#include "cache/upkeep.hpp"

#include <fcntl.h>

#include <algorithm>

#include "base/fs.hpp"

namespace fabrik::cache {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstBackoff{100};
constexpr milliseconds kLastBackoff{3000};
// A bad disk must not keep us rebuilding all day.
constexpr milliseconds kMendPause = std::chrono::minutes(1);
// Replaying the log after a reopen writes about this much.
constexpr std::uint64_t kReopenNeeds = 16 * 1024 * 1024;

std::int64_t now_in_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now().time_since_epoch())
      .count();
}

milliseconds until(steady_clock::time_point due) {
  return std::max(milliseconds(1), std::chrono::ceil<milliseconds>(due - steady_clock::now()));
}

}  // namespace

void Upkeep::start(Parts parts, bool unclean) {
  p_.emplace(std::move(parts));
  scrubber_.emplace(p_->scrub);
  scrubber_->load_mark();
  unclean_ = unclean;
  remember_place();
  expire_due_ = steady_clock::now() + p_->expire_interval;
  background_.start([this](const std::stop_token& stop) { return work(stop); });
}

bool Upkeep::is_in_use() const {
  constexpr std::int64_t kMinute = 60;
  return now_in_seconds() - looked_at_.load() < kMinute;
}

void Upkeep::note_request() {
  const std::int64_t now = now_in_seconds();
  if (looked_at_.load(std::memory_order_relaxed) != now && looked_at_.exchange(now) != now) {
    background_.wake();
  }
}

void Upkeep::remember_place() {
  const auto dir = open_file(p_->layout.db(), O_RDONLY | O_DIRECTORY);
  const auto identity = dir ? FileIdentity::of(dir->get()) : fail(dir.error());
  place_ = identity ? std::optional(*identity) : std::nullopt;
}

bool Upkeep::is_displaced() const {
  const auto dir = open_file(p_->layout.db(), O_RDONLY | O_DIRECTORY);
  if (!dir) {
    return dir.error().code == Errc::not_found;
  }
  const auto identity = FileIdentity::of(dir->get());
  return (identity && place_ && identity->inode != place_->inode) || !p_->lock.is_in_place();
}

void Upkeep::report_damage() {
  if (!damaged_.exchange(true)) {
    background_.wake();
  }
}

Upkeep::Pause Upkeep::work(const std::stop_token& stop) {
  if (p_->reconcile.db.health() == Health::good && is_displaced()) {
    p_->reconcile.db.report_lost();
  }
  if (p_->reconcile.db.health() != Health::good) {
    if (const auto pause = heal()) {
      return pause;
    }
  }
  Pause next;
  const auto sooner = [&next](Pause pause) {
    if (pause && (!next || *pause < *next)) {
      next = pause;
    }
  };
  if (damaged_.load()) {
    if (steady_clock::now() >= mend_due_) {
      mend(stop);
    } else {
      sooner(until(mend_due_));
    }
  }
  if (unclean_) {
    clear_up(stop);
    if (unclean_) {
      sooner(kLastBackoff);
    }
  }
  sooner(write_uses());
  sooner(expire(stop));
  sooner(scrubber_->work(is_in_use()));
  return next;
}

Upkeep::Pause Upkeep::heal() {
  const auto healed = reopen();
  if (healed && p_->reconcile.db.health() == Health::good) {
    p_->reconcile.log.info("cache index takes writes again");
    backoff_ = milliseconds(0);
    return std::nullopt;
  }
  if (!healed) {
    p_->reconcile.log.debug("cache index not recovered yet", {{"reason", healed.error().message}});
  }
  backoff_ = std::clamp(backoff_ * 2, kFirstBackoff, kLastBackoff);
  return backoff_;
}

Result<void> Upkeep::reopen() {
  RocksDb& db = p_->reconcile.db;
  if (db.health() == Health::damaged) {
    return start_over("damage found while it was in use");
  }
  displaced_ = displaced_ || is_displaced();
  FABRIK_CHECK(p_->layout.restore_dirs());
  FABRIK_CHECK(p_->lock.renew());
  FABRIK_TRY(const std::uint64_t free, free_space(p_->dir));
  if (free < kReopenNeeds) {
    return fail(Errc::no_space, "the disk is still full");
  }
  auto opened = db.open();
  if (!opened && opened.error().code == Errc::corrupt) {
    return start_over(opened.error().message);
  }
  if (opened && displaced_) {  // index and files have parted
    p_->reconcile.blobs.cursor().restart();
    unclean_ = true;
    displaced_ = false;
  }
  remember_place();
  return opened;
}

Result<void> Upkeep::start_over(const std::string& reason) {
  RocksDb& db = p_->reconcile.db;
  unclean_ = true;
  db.close();
  FABRIK_CHECK(p_->layout.set_index_aside(reason));
  p_->reconcile.blobs.cursor().restart();
  remember_place();
  return db.open();
}

void Upkeep::clear_up(const std::stop_token& stop) {
  Log& log = p_->reconcile.log;
  if (const auto db = p_->layout.to_salvage(); !db.empty()) {
    const auto done = salvage({.blobs = p_->reconcile.blobs,
                               .entries = p_->reconcile.entries,
                               .room = p_->room,
                               .log = log},
                              db, stop);
    if (!done && done.error().code != Errc::corrupt) {
      log.warn("damaged cache index not read", {{"reason", done.error().message}});
      return;  // the new index is in trouble: again when it has recovered
    }
    if (!stop.stop_requested()) {
      p_->layout.salvaged(db);
    }
  }
  if (const auto done = reconcile(p_->reconcile, stop); !done) {
    log.warn("cache not fully checked", {{"reason", done.error().message}});
    return;
  }
  // Left over when it could not be taken away at start.
  (void)p_->reconcile.db.take_clean_mark();
  p_->layout.remove_old_quarantines();
  unclean_ = stop.stop_requested();
}

void Upkeep::mend(const std::stop_token& stop) {
  const ReconcileParts& parts = p_->reconcile;
  parts.log.warn("a part of the cache index is damaged; rebuilding the eviction order");
  mend_due_ = steady_clock::now() + kMendPause;
  damaged_ = false;
  auto mended = parts.db.recreate({Family::order, Family::quotas});
  parts.blobs.cursor().restart();
  if (mended) {
    mended = reconcile(parts, stop);
  }
  if (!mended) {
    parts.log.warn("eviction order not rebuilt", {{"reason", mended.error().message}});
  }
}

Upkeep::Pause Upkeep::write_uses() {
  if (p_->usage.empty()) {
    uses_due_.reset();
    return std::nullopt;
  }
  if (!uses_due_) {
    uses_due_ = steady_clock::now() + p_->touch_interval;
  }
  if (steady_clock::now() < *uses_due_ && !p_->usage.full()) {
    return until(*uses_due_);
  }
  uses_due_.reset();
  if (const auto written = p_->usage.flush(); !written) {
    p_->reconcile.log.warn("uses of blobs not written", {{"reason", written.error().message}});
    return kLastBackoff;
  }
  return std::nullopt;
}

Upkeep::Pause Upkeep::expire(const std::stop_token& stop) {
  if (p_->expire_interval.count() == 0) {
    return std::nullopt;
  }
  if (steady_clock::now() >= expire_due_) {
    p_->evictor.evict_expired([&] { return stop.stop_requested(); });
    expire_due_ = steady_clock::now() + p_->expire_interval;
  }
  return until(expire_due_);
}

}  // namespace fabrik::cache
