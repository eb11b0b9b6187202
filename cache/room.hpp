// Room for new blobs: within the cache's budget and within what the disk can
// spare. Room is reserved before anything is written, so that uploads that run
// at the same time do not overshoot together.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>

#include "base/result.hpp"
#include "cache/evictor.hpp"
#include "cache/rocks_db.hpp"

namespace fabrik::cache {

// Bytes that stay free on a file system of that size: 2 %, at least 256 MiB.
constexpr std::uint64_t default_reserve(std::uint64_t filesystem_size) {
  constexpr std::uint64_t kLeast = std::uint64_t{256} << 20;
  return filesystem_size / 50 > kLeast ? filesystem_size / 50 : kLeast;
}

// Thread-safe.
class Room {
 public:
  struct Limits {
    std::filesystem::path dir;
    std::uint64_t max_bytes = 0;
    // Bytes of the disk that stay free whatever happens; nullopt:
    // default_reserve().
    std::optional<std::uint64_t> min_free;
  };
  Room(Limits limits, RocksDb& db, Evictor& evictor);

  // Room that is held until it is destroyed; what has been stored by then
  // counts as stored. Bytes are those of footprint.hpp.
  class Reservation {
   public:
    explicit Reservation(Room& room) : room_(room) {}
    ~Reservation() { room_.give_back(bytes_); }
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

    // Makes it at least `bytes` in all. too_large: can never fit. no_space: does
    // not fit now, even with everything evicted that may be.
    Result<void> grow_to(std::uint64_t bytes);

   private:
    Room& room_;
    std::uint64_t bytes_ = 0;
  };

  // Whether a blob of that size could ever fit; too_large otherwise.
  Result<void> check_size(std::uint64_t size) const;
  // Whether `more` bytes fit beside what is stored and reserved, below `limit`
  // or the whole budget.
  bool fits(std::uint64_t more, std::uint64_t limit);
  bool fits(std::uint64_t more) { return fits(more, limits_.max_bytes); }
  std::uint64_t max_bytes() const { return limits_.max_bytes; }

 private:
  bool try_take(std::uint64_t bytes);
  Result<void> take(std::uint64_t bytes);
  void give_back(std::uint64_t bytes);
  Result<void> check_disk(std::uint64_t bytes);

  Limits limits_;
  RocksDb& db_;
  Evictor& evictor_;
  std::uint64_t min_free_;
  std::mutex mutex_;
  std::uint64_t reserved_ = 0;
  std::atomic<std::uint64_t> hopeless_{0};  // with this much free, evicting did not help
};

}  // namespace fabrik::cache
