// A cache as one file, to carry elsewhere. Format, version 1:
//   "fabrik cache export 1\n"
//   per entry: hex of its key, blank, hex of its record (cache/schema.hpp), "\n",
//   then the bytes of its blob
// Everything read back is checked: a blob must have its SHA-256.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/result.hpp"
#include "cache/store.hpp"

namespace fabrik::daemon {

// Both do about 64 MB of work, at least one entry.

struct ExportStep {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::optional<cache::EntryKey> next;  // nullopt: done
};
// Without `from` it makes the file (conflict when it exists), otherwise appends.
Result<ExportStep> export_step(cache::Store& store, const std::filesystem::path& path,
                               const std::optional<cache::EntryKey>& from);

struct ImportStep {
  std::uint64_t entries = 0;          // stored
  std::uint64_t dropped = 0;          // there already, or no room
  std::uint64_t bytes = 0;            // read
  std::uint64_t total = 0;            // size of the file
  std::optional<std::uint64_t> next;  // offset; nullopt: done
};
// What the cache has already wins. corrupt: the file is damaged at that point;
// what came before has been stored.
Result<ImportStep> import_step(cache::Store& store, const std::filesystem::path& path,
                               std::uint64_t from);

}  // namespace fabrik::daemon
