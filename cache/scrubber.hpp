// Reads everything again now and then, so that damage is found before a build
// needs the bytes. Slow on purpose, only while the store is in use anyway, and
// it goes on where it stopped after a restart.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "cache/rocks_db.hpp"
#include "cache/store.hpp"

namespace fabrik::cache {

// How far a round has come; kept in the index.
struct ScrubMark {
  std::optional<Digest> next;    // nullopt: no round is going on
  std::int64_t finished_ms = 0;  // when the last round ended, since 1970

  bool operator==(const ScrubMark&) const = default;
};
std::string encode(const ScrubMark& mark);
std::optional<ScrubMark> decode_scrub_mark(std::string_view value);

// Used by one thread.
class Scrubber {
 public:
  struct Parts {
    RocksDb& db;
    const Clock& clock;
    Log& log;
    std::function<Result<ScrubStep>(const Digest* from, std::uint64_t bytes)> check;
    std::chrono::milliseconds interval;  // between the ends of two rounds; 0: never
    std::uint64_t bytes_per_second;      // 0: never
  };
  explicit Scrubber(Parts parts) : p_(std::move(parts)) {}

  // Looks how far the last owner came; a store without a mark is new from now on.
  void load_mark();
  // Checks a little if it is time. When to be called again at the latest; nullopt:
  // not before the store is used again.
  std::optional<std::chrono::milliseconds> work(bool in_use);

 private:
  using Time = std::chrono::steady_clock::time_point;
  void save_mark() const;
  bool round_is_due();
  void take_step();

  Parts p_;
  std::optional<ScrubMark> mark_;
  Time due_;
};

}  // namespace fabrik::cache
