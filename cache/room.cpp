#include "cache/room.hpp"

#include <sys/statvfs.h>

#include <algorithm>

#include "base/fs.hpp"
#include "base/units.hpp"
#include "cache/footprint.hpp"

namespace fabrik::cache {
namespace {

std::uint64_t reserve_of(const std::filesystem::path& dir) {
  struct statvfs info{};
  const bool known = ::statvfs(dir.c_str(), &info) == 0;
  return default_reserve(known ? std::uint64_t{info.f_blocks} * info.f_frsize : 0);
}

std::uint64_t stored_bytes(const RocksDb& db) {
  return footprint(db.totals());
}

}  // namespace

Room::Room(Limits limits, RocksDb& db, Evictor& evictor)
    : limits_(std::move(limits)),
      db_(db),
      evictor_(evictor),
      min_free_(limits_.min_free.value_or(reserve_of(limits_.dir))) {}

Result<void> Room::check_size(std::uint64_t size) const {
  if (blob_footprint(size) <= limits_.max_bytes) {
    return {};
  }
  return fail(Errc::too_large, "store " + format_size(size) + ": larger than the whole cache (" +
                                   format_size(limits_.max_bytes) + "); raise cache.max_size");
}

bool Room::fits(std::uint64_t more, std::uint64_t limit) {
  const std::lock_guard lock(mutex_);
  return stored_bytes(db_) + reserved_ + more <= limit;
}

bool Room::try_take(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (stored_bytes(db_) + reserved_ + bytes > limits_.max_bytes) {
    return false;
  }
  reserved_ += bytes;
  return true;
}

void Room::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  reserved_ -= bytes;
}

Result<void> Room::take(std::uint64_t bytes) {
  FABRIK_CHECK(check_disk(bytes));
  if (try_take(bytes)) {
    return {};
  }
  // Down to the low-water mark, so that not every write has to evict; but a
  // large blob must not empty the cache for that.
  const std::uint64_t low = limits_.max_bytes / 10 * 9;
  const std::uint64_t goal = bytes <= low / 2 ? low : limits_.max_bytes;
  constexpr int kAttempts = 8;  // others may take what we freed
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    evictor_.evict([&] { return fits(bytes, goal); });
    if (try_take(bytes)) {
      return {};
    }
  }
  return fail(Errc::no_space, "store " + format_size(bytes) +
                                  ": the cache is full, and nothing in it may be evicted now");
}

Result<void> Room::check_disk(std::uint64_t bytes) {
  FABRIK_TRY(const std::uint64_t free, free_space(limits_.dir));
  const std::uint64_t needed = min_free_ + bytes;
  if (free >= needed) {
    return {};
  }
  // Evicting pays only if it can help at all: somebody else's full disk must
  // not cost us everything for nothing.
  const std::uint64_t missing = needed - free;
  const std::uint64_t stored = stored_bytes(db_);
  if (missing <= stored && free > hopeless_.load()) {
    evictor_.evict([&] { return stored_bytes(db_) <= stored - missing; });
    FABRIK_TRY(const std::uint64_t now, free_space(limits_.dir));
    if (now >= needed) {
      return {};
    }
    hopeless_ = now;
  }
  return fail(Errc::no_space, "store " + format_size(bytes) + " in " + limits_.dir.string() +
                                  ": the disk is nearly full; free some space");
}

Result<void> Room::Reservation::grow_to(std::uint64_t bytes) {
  if (bytes <= bytes_) {
    return {};
  }
  FABRIK_CHECK(room_.take(bytes - bytes_));
  bytes_ = bytes;
  return {};
}

}  // namespace fabrik::cache
