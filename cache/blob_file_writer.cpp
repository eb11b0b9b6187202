#include "cache/blob_file_writer.hpp"

#include <algorithm>

namespace fabrik::cache {

Result<void> BlobFileWriter::append(Bytes data) {
  checksums_.update(data);
  if (!packer_) {
    stored_ += data.size();
    return file_->append(data);
  }
  while (!data.empty()) {
    const std::size_t count = std::min(data.size(), kChunkSize - piece_.size());
    piece_ += as_text(data.first(count));
    data = data.subspan(count);
    if (piece_.size() == kChunkSize) {
      FABRIK_CHECK(write_piece(as_bytes(piece_)));
      piece_.clear();
    }
  }
  return {};
}

Result<void> BlobFileWriter::write_piece(Bytes piece) {
  const auto packed = packer_->pack(piece);
  const Bytes bytes = packed.value_or(piece);
  smaller_ = smaller_ || packed;
  stored_pieces_.push_back(static_cast<std::uint32_t>(bytes.size()));
  stored_ += bytes.size();
  return file_->append(bytes);
}

Result<Pieces> BlobFileWriter::finish() {
  if (!piece_.empty()) {
    FABRIK_CHECK(write_piece(as_bytes(piece_)));
  }
  if (!smaller_) {
    stored_pieces_.clear();
  }
  return Pieces{.checksums = checksums_.finish(), .stored = std::move(stored_pieces_)};
}

}  // namespace fabrik::cache
