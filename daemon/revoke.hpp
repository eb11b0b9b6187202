// Takes back what one writer stored.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cache/store.hpp"

namespace fabrik::daemon {

struct RevokeOrder {
  std::string writer;  // "uid 1000", as in the audit
  std::chrono::system_clock::time_point since;
  bool dry_run = true;
};

struct Revoked {
  std::uint64_t entries = 0;
  std::uint64_t blobs = 0;            // that clients had stored by their digest
  std::uint64_t bytes = 0;            // that those entries and blobs had named
  std::vector<std::string> examples;  // "gradle 0123...", at most 20
};

// Entries by what the store says of their last write. Blobs that clients stored by
// their digest by what the audit in `log_dir` says, and only those that no other
// writer stored and no other writer's entry names: their bytes are right in any
// case. Blocks; safe beside clients.
Result<Revoked> revoke(cache::Store& store, const std::filesystem::path& log_dir,
                       const RevokeOrder& order);

}  // namespace fabrik::daemon
