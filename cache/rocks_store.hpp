// The store that fabrikd runs: an index in RocksDB, large blobs as files.
// Directory layout: store_layout.hpp. Format of the index: schema.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "cache/eviction_order.hpp"
#include "cache/quota_index.hpp"
#include "cache/store.hpp"

namespace fabrik::cache {

enum class Durability {
  fast,  // survives the end of the process; a power cut may cost the last seconds
  sync,  // what was acknowledged survives a power cut
};

struct RocksStoreOptions {
  std::filesystem::path dir;  // made when missing (0700)
  std::uint64_t max_bytes = 5'000'000'000;
  EvictionPolicy policy = EvictionPolicy::lru;
  std::chrono::milliseconds default_ttl{0};  // what is older is not served; 0: no limit
  std::chrono::milliseconds min_lease = std::chrono::hours(3);
  Durability durability = Durability::fast;
  // Parts of the cache with a limit of their own; an entry belongs to the first that
  // covers it.
  std::vector<Quota> quotas = {};
  // Bytes of the disk that stay free; nullopt: 2 % of it, at least 256 MiB.
  std::optional<std::uint64_t> min_free_bytes;
  // How long the use of a blob may stay in memory before it is written down.
  std::chrono::milliseconds touch_interval = std::chrono::minutes(5);
  // How often everything is read again, and how fast. 0: never.
  std::chrono::milliseconds scrub_interval = std::chrono::hours(7 * 24);
  std::uint64_t scrub_bytes_per_second = 8'000'000;
  // Who we are, for the message that a second opener gets: "config
  // /home/me/project/fabrik.toml".
  std::string owner;
};

// conflict: another process has the directory (the message names it). A store
// that cannot be used is moved aside and replaced by an empty one. On a full
// disk the store opens for reading and recovers by itself when there is space.
// `clock` and `log` must outlive the store.
Result<std::unique_ptr<Store>> open_rocks_store(const RocksStoreOptions& options,
                                                const Clock& clock, Log& log);

}  // namespace fabrik::cache
