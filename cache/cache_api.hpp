// The cache as adapters see it: entries in, entries out, awaitable. Whether the
// bytes come from the local store or from an upstream is not visible here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.hpp"
#include "cache/entry.hpp"
#include "cache/key.hpp"
#include "cache/store.hpp"
#include "net/http_exchange.hpp"
#include "net/task.hpp"

namespace fabrik::cache {

// The bytes of one blob; a net::BodySource, so that it can be streamed as is.
class BlobSource : public net::BodySource {
 public:
  // As BlobReader::seek(). size() stays that of the whole blob.
  virtual Result<void> seek(std::uint64_t offset) = 0;
};

// The bytes of one entry.
class EntryReader : public BlobSource {
 public:
  virtual const EntryInfo& info() const = 0;
};

// Receives the bytes of one entry. Destroying it before commit() stores nothing.
class EntryWriter {
 public:
  virtual ~EntryWriter() = default;
  // Never fails for lack of space or size: the rest is swallowed and commit()
  // says `dropped`. Errors are the store's own faults (io, internal).
  virtual net::Task<Result<void>> append(Bytes data) = 0;
  virtual net::Task<Result<PutOutcome>> commit(EntryMeta meta) = 0;
};

struct PutSpec {
  std::uint64_t size_hint = 0;  // Content-Length when known, else 0
  IfExists if_exists = IfExists::replace;
};

// Thread-safe. Counts hits, misses and writes per space. Callers keep `key`
// alive until the await ends.
class CacheApi {
 public:
  virtual ~CacheApi() = default;
  // nullopt: a miss.
  virtual net::Task<Result<std::optional<EntryInfo>>> stat(const EntryKey& key) = 0;
  // nullptr: a miss.
  virtual net::Task<Result<std::unique_ptr<EntryReader>>> open(const EntryKey& key,
                                                               Verify verify) = 0;
  virtual net::Task<Result<std::unique_ptr<EntryWriter>>> create(const EntryKey& key,
                                                                 PutSpec spec) = 0;
  // Whether it was there.
  virtual net::Task<Result<bool>> erase(const EntryKey& key) = 0;
};

}  // namespace fabrik::cache
