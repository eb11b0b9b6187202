// What the store does for itself, on one thread of its own: recovers after a
// full disk or damage, writes uses down, clears up after a crash, expires.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "cache/background.hpp"
#include "cache/evictor.hpp"
#include "cache/reconcile.hpp"
#include "cache/room.hpp"
#include "cache/salvage.hpp"
#include "cache/scrubber.hpp"
#include "cache/store_layout.hpp"
#include "cache/store_lock.hpp"
#include "cache/usage.hpp"

namespace fabrik::cache {

class Upkeep {
 public:
  struct Parts {
    ReconcileParts reconcile;
    Usage& usage;
    Evictor& evictor;
    StoreLayout& layout;
    StoreLock& lock;
    Room& room;
    Scrubber::Parts scrub;
    std::filesystem::path dir;
    std::chrono::milliseconds touch_interval;   // how long a use may stay unwritten
    std::chrono::milliseconds expire_interval;  // 0: nothing is expired here
  };

  // `unclean`: the last owner did not say goodbye.
  void start(Parts parts, bool unclean);
  void stop() { background_.stop(); }
  // Something changed: health, or uses to write. Only takes note.
  void wake() { background_.wake(); }
  // Somebody uses the store: a reason to look, now and then, whether its directory
  // is still there. Cheap.
  void note_request();
  // After stop(): whether nothing was left half done.
  bool is_settled() const { return !unclean_ && !damaged_.load(); }
  // A part of the index could not be read. Only takes note.
  void report_damage();

 private:
  using Pause = std::optional<std::chrono::milliseconds>;
  Pause work(const std::stop_token& stop);
  // Whether somebody removed or replaced the directory under us: what is written
  // goes nowhere then, without any error.
  bool is_displaced() const;
  void remember_place();
  Pause heal();
  Result<void> reopen();
  // With an empty index; what is readable of the old one is taken over later.
  Result<void> start_over(const std::string& reason);
  // After a crash or damage: salvage, then reconcile.
  void clear_up(const std::stop_token& stop);
  void mend(const std::stop_token& stop);
  Pause write_uses();
  Pause expire(const std::stop_token& stop);

  // Whether somebody has used the store in the last minute.
  bool is_in_use() const;

  std::optional<Parts> p_;
  std::optional<Scrubber> scrubber_;
  std::atomic<bool> damaged_{false};
  bool unclean_ = false;
  std::optional<FileIdentity> place_;  // of the index directory
  bool displaced_ = false;
  std::atomic<std::int64_t> looked_at_{-60};  // in whole seconds
  std::chrono::milliseconds backoff_{0};
  std::optional<std::chrono::steady_clock::time_point> uses_due_;
  std::chrono::steady_clock::time_point expire_due_;
  std::chrono::steady_clock::time_point mend_due_;
  Background background_;  // last: its thread ends before the rest goes
};

}  // namespace fabrik::cache
