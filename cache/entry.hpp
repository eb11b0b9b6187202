// What the cache knows about an entry.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.hpp"

namespace fabrik::cache {

// A blob: immutable bytes named by their SHA-256.
struct BlobRef {
  Digest digest;
  std::uint64_t size = 0;

  bool operator==(const BlobRef&) const = default;
};

// What the writer says about an entry; stored and given back unchanged.
struct EntryMeta {
  std::string writer;  // for the audit record: "uid 1000", "token <subject>"
  // For the audit record too (cache/audit_log.hpp), and not stored.
  std::string tool = {};
  std::string invocation = {};
  // Tool headers to echo byte for byte: content-type, x-artifact-tag, ...
  std::vector<std::pair<std::string, std::string>> headers;
};

struct EntryInfo {
  BlobRef blob;
  EntryMeta meta;
  std::chrono::system_clock::time_point created;
};

// What to do when the key exists already.
enum class IfExists {
  replace,  // Gradle, Turborepo, ccache, Rush
  keep,     // Nx: the first writer wins, the second is told
};

enum class PutOutcome {
  stored,
  existed,  // IfExists::keep and the key was there: nothing changed
  dropped,  // accepted and thrown away: too large for the cache, or no space left
};

}  // namespace fabrik::cache
