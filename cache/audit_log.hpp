// Who wrote what: whoever keeps the write audit implements this.
#pragma once

#include <string>

#include "cache/entry.hpp"
#include "cache/key.hpp"

namespace fabrik::cache {

// Who is behind a write. Empty: not known.
struct WriteOrigin {
  std::string writer;      // "uid 1000", "token <subject>"
  std::string tool;        // as it calls itself: "bazel/9.0", "Gradle/8.10"
  std::string invocation;  // the tool's own id of the run, when it says one
};

inline WriteOrigin origin_of(const EntryMeta& meta) {
  return {.writer = meta.writer, .tool = meta.tool, .invocation = meta.invocation};
}

struct WriteRecord {
  EntryKey key;  // of a blob without an entry: Space::cas and the digest in hex
  BlobRef blob;
  WriteOrigin origin;
};

// Thread-safe. Called once per accepted write, on any thread and in the middle of
// somebody's request: does not wait and does not fail.
class AuditLog {
 public:
  virtual ~AuditLog() = default;
  virtual void wrote(WriteRecord record) = 0;
};

}  // namespace fabrik::cache
