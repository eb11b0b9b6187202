#include "cache/blob_writer.hpp"

#include <algorithm>

#include "cache/footprint.hpp"

namespace fabrik::cache {

RocksBlobWriter::RocksBlobWriter(Parts parts, std::uint64_t size_hint)
    : p_(parts), size_hint_(size_hint), room_(parts.room) {
  small_.reserve(static_cast<std::size_t>(std::min(size_hint, kInlineLimit)));
}

Result<void> RocksBlobWriter::keep(Bytes data) {
  if (failed_) {
    return fail(*failed_);
  }
  auto taken = take(data);
  if (!taken) {
    failed_ = taken.error();
    file_.reset();  // gives the disk space back at once
  }
  return taken;
}

Result<void> RocksBlobWriter::take(Bytes data) {
  FABRIK_CHECK(p_.room.check_size(size_ + data.size()));
  size_ += data.size();
  if (size_ <= kInlineLimit) {
    small_ += as_text(data);
    return {};
  }
  FABRIK_CHECK(reserve(size_));
  if (!file_) {
    FABRIK_CHECK(spill());
  }
  checksums_.update(data);
  return file_->append(data);
}

Result<void> RocksBlobWriter::reserve(std::uint64_t bytes) {
  if (bytes <= reserved_) {
    return {};
  }
  if (bytes <= size_hint_ && room_.grow_to(blob_footprint(size_hint_))) {
    reserved_ = size_hint_;
    return {};
  }
  FABRIK_CHECK(room_.grow_to(blob_footprint(bytes)));  // perhaps less comes than was announced
  reserved_ = bytes;
  return {};
}

Result<void> RocksBlobWriter::spill() {
  FABRIK_TRY(file_, p_.files.create());
  checksums_.update(as_bytes(small_));
  FABRIK_CHECK(file_->append(as_bytes(small_)));
  small_ = {};
  return {};
}

Result<BlobRef> RocksBlobWriter::commit(const Digest* expected) {
  if (failed_) {
    return fail(*failed_);
  }
  failed_ = Error{Errc::internal, "a blob was committed twice"};
  const Digest digest = hasher_.finish();
  if (expected != nullptr && digest != *expected) {
    file_.reset();
    return fail(Errc::digest_mismatch, "store blob " + expected->hex() +
                                           ": the bytes received have the SHA-256 " + digest.hex());
  }
  const BlobRef ref{.digest = digest, .size = size_};
  if (!file_) {
    FABRIK_CHECK(room_.grow_to(blob_footprint(size_)));
    FABRIK_CHECK(p_.index.publish(digest, as_bytes(small_)));
    return ref;
  }
  FABRIK_CHECK(p_.files.settle(*file_));
  FABRIK_TRY(const auto identity, FileIdentity::of(file_->fd()));
  FABRIK_CHECK(p_.index.publish(digest, size_, *file_, checksums_.finish()));
  p_.verified.add(digest, identity);
  return ref;
}

}  // namespace fabrik::cache
