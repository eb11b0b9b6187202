// Quotas in the index: what each of them holds, and in which order it goes.
//
// Only entries that a quota covers are written here, each with one place. A use
// does not move it: the place of its blob in the eviction order only grows, so
// whoever looks for a victim compares the two and moves what was used meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/key_pattern.hpp"
#include "cache/rocks_db.hpp"

namespace fabrik::cache {

// A part of the cache that may not grow beyond `max_bytes`. Entries count with the
// size of their artefact, as clients see it, each in full, and kEntryOverhead.
struct Quota {
  KeyPattern of;
  std::uint64_t max_bytes = 0;
};

// Thread-safe. Changes go into the batch that changes the entry, under its lock.
class QuotaIndex {
 public:
  struct Place {
    std::uint64_t order = 0;
    std::string entry;  // its encoded key
  };

  explicit QuotaIndex(std::vector<Quota> quotas) : quotas_(std::move(quotas)) {}

  const std::vector<Quota>& quotas() const { return quotas_; }
  // The names of their sums in the database.
  std::vector<std::string> accounts() const;
  // Which patterns there are: when they change, everything is sorted anew.
  std::string fingerprint() const;
  // The first that covers the entry with this encoded key; nullopt: none.
  std::optional<std::size_t> of(std::string_view entry) const;
  std::optional<std::size_t> of(const EntryKey& key) const;

  // The entry is there from now on, with a blob of `size` bytes that stands at
  // `order`; `old_size`: it replaces one of that size.
  void count(const RocksDb::Session& session, RocksDb::Batch& batch, std::string_view entry,
             std::uint64_t size, std::optional<std::uint64_t> old_size, std::uint64_t order) const;
  // It is gone.
  void discount(const RocksDb::Session& session, RocksDb::Batch& batch, std::string_view entry,
                std::uint64_t size) const;
  // It has been used since it got its place.
  void move(RocksDb::Batch& batch, const Place& from, std::uint64_t to) const;
  // A place that its entry does not claim (any more).
  void forget(RocksDb::Batch& batch, const Place& place) const;
  // Makes sure that the entry has a place. False: it had one, or needs none.
  bool restore(const RocksDb::Session& session, RocksDb::Batch& batch, std::string_view entry,
               std::uint64_t order) const;

  // Candidates of one quota behind `after` (nullptr: from the start), the first
  // victim first. `visit` returns false to stop.
  Result<void> in_order(const RocksDb::Session& session, std::size_t quota, const Place* after,
                        const std::function<bool(Place)>& visit) const;

  // nullopt: none, or it cannot be read.
  std::optional<std::uint64_t> place_of(const RocksDb::Session& session,
                                        std::string_view entry) const;

 private:
  void put_place(RocksDb::Batch& batch, std::size_t quota, const Place& place) const;

  const std::vector<Quota> quotas_;
};

}  // namespace fabrik::cache
