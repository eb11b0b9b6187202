#include "cache/blob_writer.hpp"

#include <algorithm>

#include "cache/footprint.hpp"

namespace fabrik::cache {
namespace {

constexpr std::size_t kProbe = 64 * 1024;

}  // namespace

RocksBlobWriter::RocksBlobWriter(Parts parts, std::uint64_t size_hint, Packing packing)
    : p_(parts), size_hint_(size_hint), room_(parts.room) {
  if (packing == Packing::where_it_pays) {
    packer_ = std::make_unique<Packer>();
  }
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
    FABRIK_CHECK(spill(data));
  }
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

Result<void> RocksBlobWriter::spill(Bytes next) {
  FABRIK_TRY(auto file, p_.files.create());
  // The probe: what does not shrink at its beginning (packed already, most of the
  // time) is not worth looking at any further.
  const Bytes probe =
      small_.size() >= next.size() ? as_bytes(small_) : next.first(std::min(next.size(), kProbe));
  if (packer_ && !packer_->pack(probe)) {
    packer_.reset();
  }
  file_.emplace(std::move(file), std::move(packer_));
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
  FABRIK_CHECK(publish(digest));
  return BlobRef{.digest = digest, .size = size_};
}

Result<void> RocksBlobWriter::publish(const Digest& digest) {
  if (!file_) {
    const auto packed = packer_ ? packer_->pack(as_bytes(small_)) : std::nullopt;
    FABRIK_CHECK(room_.grow_to(blob_footprint(packed ? packed->size() : size_)));
    return p_.index.publish(digest, size_, packed.value_or(as_bytes(small_)));
  }
  FABRIK_TRY(const Pieces pieces, file_->finish());
  FABRIK_CHECK(p_.files.settle(file_->file()));
  FABRIK_TRY(const auto identity, FileIdentity::of(file_->file().fd()));
  FABRIK_CHECK(p_.index.publish(digest, size_, file_->stored(), file_->file(), pieces));
  p_.verified.add(digest, identity);
  return {};
}

}  // namespace fabrik::cache
