// Whether the file of a blob holds what it should. The full SHA-256 is computed
// once per file and process; after that, while the file is untouched, the
// checksums of the pieces are proof enough.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/digest.hpp"
#include "base/result.hpp"
#include "cache/blob_files.hpp"
#include "cache/entry.hpp"

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

// Reads piece `index` into `buffer` (kChunkSize, or the blob's size if that is
// less) and checks it. corrupt: wrong bytes, too few of them, or unreadable.
Result<Bytes> read_piece(int fd, const BlobRef& ref, const std::vector<std::uint64_t>& checksums,
                         std::size_t index, std::span<std::byte> buffer);

// Reads the whole file and checks every piece, and with `digest_too` the
// SHA-256 as well. corrupt as above.
Result<void> check_file(int fd, const BlobRef& ref, const std::vector<std::uint64_t>& checksums,
                        bool digest_too);

// The buffer that read_piece() needs for this blob.
std::size_t piece_buffer_size(const BlobRef& ref);

}  // namespace fabrik::cache
