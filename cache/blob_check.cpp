#include "cache/blob_check.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cache/checksum.hpp"
#include "cache/packing.hpp"

namespace fabrik::cache {
namespace {

constexpr std::size_t kRemembered = 64 * 1024;
constexpr std::size_t kWorthRemembering = 4096;  // SHA-256 of less costs 2 us

std::unexpected<Error> corrupt(const BlobRef& ref, std::string_view why) {
  return fail(Errc::corrupt,
              "cached blob " + ref.digest.hex() + " is damaged: " + std::string(why));
}

// Bytes read; less than asked only at the end of the file.
Result<std::size_t> read_at(int fd, std::span<std::byte> buffer, std::uint64_t offset) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t count = ::pread(fd, buffer.data() + filled, buffer.size() - filled,
                                  static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return fail_errno("read");
    }
    if (count == 0) {
      break;
    }
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

}  // namespace

void VerifiedFiles::add(const Digest& digest, const FileIdentity& file) {
  const std::lock_guard lock(mutex_);
  if (files_.size() >= kRemembered) {
    files_.erase(files_.begin());  // whichever: it is only hashed again
  }
  files_[digest] = file;
}

bool VerifiedFiles::contains(const Digest& digest, const FileIdentity& file) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(digest);
  return found != files_.end() && found->second == file;
}

bool VerifiedFiles::contains(const Digest& digest) const {
  const std::lock_guard lock(mutex_);
  return files_.contains(digest);
}

void VerifiedFiles::forget(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  files_.erase(digest);
}

bool VerifiedContent::check(const Digest& digest, Bytes content) {
  if (content.size() < kWorthRemembering) {
    return sha256(content) == digest;
  }
  const std::uint64_t sum = checksum(content);
  {
    const std::lock_guard lock(mutex_);
    const auto known = checksums_.find(digest);
    if (known != checksums_.end() && known->second == sum) {
      return true;
    }
  }
  if (sha256(content) != digest) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  if (checksums_.size() >= kRemembered) {
    checksums_.erase(checksums_.begin());  // whichever: it is only hashed again
  }
  checksums_[digest] = sum;
  return true;
}

PieceReader::PieceReader(int fd, const BlobRef& ref, Pieces pieces)
    : fd_(fd), ref_(ref), pieces_(std::move(pieces)) {
  const auto largest = static_cast<std::size_t>(std::min<std::uint64_t>(ref.size, kChunkSize));
  buffer_ = std::make_unique_for_overwrite<std::byte[]>(largest);
  if (!pieces_.stored.empty()) {
    packed_ = std::make_unique_for_overwrite<std::byte[]>(largest);
    std::uint64_t offset = 0;
    for (const std::uint32_t stored : pieces_.stored) {
      offsets_.push_back(offset);
      offset += stored;
    }
  }
}

Result<Bytes> PieceReader::read(std::size_t index) {
  const std::uint64_t start = static_cast<std::uint64_t>(index) * kChunkSize;
  const std::span piece(buffer_.get(), static_cast<std::size_t>(
                                           std::min<std::uint64_t>(kChunkSize, ref_.size - start)));
  const bool is_packed = packed_ && pieces_.stored[index] < piece.size();
  const auto wanted = is_packed ? std::span(packed_.get(), pieces_.stored[index]) : piece;
  const auto count = read_at(fd_, wanted, packed_ ? offsets_[index] : start);
  if (!count) {
    return corrupt(ref_, count.error().message);
  }
  if (*count != wanted.size()) {
    return corrupt(ref_, "its file is too short");
  }
  // The checksum is that of the bytes which are handed out: it covers unpacking, too.
  if ((is_packed && !unpack(wanted, piece)) || checksum(piece) != pieces_.checksums[index]) {
    return corrupt(ref_, "piece " + std::to_string(index) + " has another checksum");
  }
  return Bytes(piece);
}

Result<void> check_file(int fd, const BlobRef& ref, const Pieces& pieces, bool digest_too) {
  PieceReader reader(fd, ref, pieces);
  Hasher hasher;
  for (std::size_t index = 0; index < reader.count(); ++index) {
    FABRIK_TRY(const Bytes piece, reader.read(index));
    if (digest_too) {
      hasher.update(piece);
    }
  }
  if (digest_too && hasher.finish() != ref.digest) {
    return corrupt(ref, "its content has another SHA-256");
  }
  return {};
}

}  // namespace fabrik::cache
