// Writes the file of a large blob, as it is or packed.
#pragma once

#include <memory>
#include <string>

#include "cache/blob_files.hpp"
#include "cache/checksum.hpp"
#include "cache/packing.hpp"
#include "cache/schema.hpp"

namespace fabrik::cache {

// Not thread-safe.
class BlobFileWriter {
 public:
  // `packer`: compress with it what gets smaller; nullptr: nothing.
  BlobFileWriter(std::unique_ptr<TempFile> file, std::unique_ptr<Packer> packer)
      : file_(std::move(file)), packer_(std::move(packer)) {}

  Result<void> append(Bytes data);
  // The end. What it says of the pieces belongs into the index.
  Result<Pieces> finish();

  TempFile& file() { return *file_; }
  // Bytes in the file, once it is finished.
  std::uint64_t stored() const { return stored_; }

 private:
  Result<void> write_piece(Bytes piece);

  std::unique_ptr<TempFile> file_;
  std::unique_ptr<Packer> packer_;
  ChunkChecksums checksums_;
  std::string piece_;  // the bytes of a piece that is not complete yet, for packer_
  std::vector<std::uint32_t> stored_pieces_;
  std::uint64_t stored_ = 0;
  bool smaller_ = false;  // some piece is
};

}  // namespace fabrik::cache
