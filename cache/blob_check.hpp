// Whether the file of a blob holds what it should. The full SHA-256 is computed
// once per file and process; after that, while the file is untouched, the
// checksums of the pieces are proof enough.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/digest.hpp"
#include "base/result.hpp"
#include "cache/blob_files.hpp"
#include "cache/entry.hpp"
#include "cache/schema.hpp"

namespace fabrik::cache {

// Files whose SHA-256 this process has seen to be right. Thread-safe.
class VerifiedFiles {
 public:
  void add(const Digest& digest, const FileIdentity& file);
  bool contains(const Digest& digest, const FileIdentity& file) const;
  bool contains(const Digest& digest) const;
  void forget(const Digest& digest);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<Digest, FileIdentity> files_;
};

// The same for the content of inline blobs, in a few MB of memory at most.
// Thread-safe.
class VerifiedContent {
 public:
  // Whether `content` has that SHA-256. It is computed the first time; after that
  // equal bytes are known by their checksum, at a tenth of the cost.
  bool check(const Digest& digest, Bytes content);

 private:
  std::mutex mutex_;
  std::unordered_map<Digest, std::uint64_t> checksums_;
};

// Reads the pieces of a blob's file and checks each. Not thread-safe.
class PieceReader {
 public:
  // `fd` stays open as long as this.
  PieceReader(int fd, const BlobRef& ref, Pieces pieces);

  std::size_t count() const { return pieces_.checksums.size(); }
  // Unpacked; valid until the next call. corrupt: wrong bytes, too few of them, or
  // unreadable.
  Result<Bytes> read(std::size_t index);

 private:
  int fd_;
  BlobRef ref_;
  Pieces pieces_;
  std::vector<std::uint64_t> offsets_;  // of packed pieces in the file
  std::unique_ptr<std::byte[]> buffer_;
  std::unique_ptr<std::byte[]> packed_;
};

// Reads the whole file and checks every piece, and with `digest_too` the
// SHA-256 as well. corrupt as above.
Result<void> check_file(int fd, const BlobRef& ref, const Pieces& pieces, bool digest_too);

}  // namespace fabrik::cache
