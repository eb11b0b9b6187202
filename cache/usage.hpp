// Uses of blobs, collected in memory and written to the index now and then: a
// read must not cost a write. The eviction asks here before it trusts the
// written order.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "cache/blob_index.hpp"

namespace fabrik::cache {

// Thread-safe.
class Usage {
 public:
  // `wake` is called (take note only) when something is to be written: soon
  // when the memory is full, after the interval otherwise.
  Usage(BlobIndex& blobs, Ticks& ticks, std::function<void()> wake)
      : blobs_(blobs), ticks_(ticks), wake_(std::move(wake)) {}

  void touch(const Digest& digest);
  // Writes what is known of this blob. False when there was nothing.
  Result<bool> settle(const Digest& digest);
  // Writes everything.
  Result<void> flush();
  void forget_all();

  bool empty() const;
  bool full() const;

 private:
  struct Uses {
    std::uint64_t tick = 0;
    std::uint32_t count = 0;
  };
  std::optional<Uses> take(const Digest& digest);

  BlobIndex& blobs_;
  Ticks& ticks_;
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::unordered_map<Digest, Uses> pending_;
};

}  // namespace fabrik::cache
