// The keys of today: fetched again now and then, and when a token names one that is
// not known yet, so that keys are changed without a restart.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "auth/key_set.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "net/task.hpp"

namespace fabrik::auth {

struct KeyRingOptions {
  std::chrono::milliseconds refresh_interval = std::chrono::minutes(5);
  // However many strange tokens come: no more often than this.
  std::chrono::milliseconds least_interval = std::chrono::seconds(30);
  // Keys that cannot be fetched again are good for this long.
  std::chrono::milliseconds longest_outage = std::chrono::hours(24);
};

// Thread-safe. Clock and log are borrowed.
class KeyRing {
 public:
  // Called on a thread of the ring's own, one call at a time; may block.
  using Fetch = std::function<Result<KeySet>()>;

  KeyRing(Fetch fetch, const KeyRingOptions& options, const Clock& clock, Log& log);
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  // Blocking: the first fetch, whose error is the caller's to judge.
  Result<void> fetch_now();

  struct Keys {
    std::shared_ptr<const KeySet> set;
    std::uint64_t generation = 0;  // changes with every fetch that brought other keys
  };
  // nullptr: there are none, or they are too old. Starts a fetch when one is due.
  Keys current();
  // Waits for a fetch that was made after the call, unless the last one was a moment
  // ago; false then: nothing new is to be expected.
  net::Task<bool> refresh();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fabrik::auth
