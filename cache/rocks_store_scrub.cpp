// How RocksStore looks again at what it has.
#include "cache/rocks_store_impl.hpp"

namespace fabrik::cache {
namespace {

constexpr std::size_t kMostBlobs = 1000;  // in one step, whatever their size

}  // namespace

Result<ScrubStep> RocksStore::scrub(const Digest* from, std::uint64_t bytes) {
  std::vector<BlobRef> blobs;
  std::uint64_t planned = 0;
  ScrubStep step;
  FABRIK_CHECK(blobs_.by_digest(from, [&](const BlobRef& blob) {
    if (!blobs.empty() && (planned + blob.size > bytes || blobs.size() == kMostBlobs)) {
      step.next = blob.digest;
      return false;
    }
    planned += blob.size;
    blobs.push_back(blob);
    return true;
  }));
  for (const BlobRef& blob : blobs) {
    FABRIK_TRY(const bool sound, check_again(blob));
    ++step.blobs;
    step.bytes += blob.size;
    step.damaged += sound ? 0 : 1;
  }
  return step;
}

bool RocksStore::is_still(const Digest& digest, const BlobRecord& record) const {
  const auto now = blobs_.stored(digest);
  return now && *now && **now == record;
}

Result<bool> RocksStore::check_again(const BlobRef& ref) {
  FABRIK_TRY(const auto record, blobs_.stored(ref.digest));
  if (!record) {
    return true;  // evicted meanwhile
  }
  if (!record->is_inline()) {
    return check_file_again(ref, *record);
  }
  FABRIK_TRY(const auto content, blobs_.content(ref.digest, *record));
  if (content && sha256(as_bytes(*content)) == ref.digest) {
    return true;
  }
  if (!is_still(ref.digest, *record)) {
    return true;  // evicted, or stored again
  }
  drop(ref, *record, {Errc::corrupt, "cached blob " + ref.digest.hex() + " has another content"},
       {});
  return false;
}

Result<bool> RocksStore::check_file_again(const BlobRef& ref, const BlobRecord& record) {
  FABRIK_TRY(const UniqueFd file, files_.open(ref.digest));
  FABRIK_TRY(const auto pieces, blobs_.pieces(ref.digest, record));
  Result<void> sound = fail(Errc::corrupt, "its file or its checksums are missing");
  if (file && pieces) {
    sound = check_file(file.get(), ref, *pieces, true);
  }
  if (sound) {
    return true;
  }
  if (!is_still(ref.digest, record)) {
    return true;  // evicted, or stored again
  }
  const auto before = file ? FileIdentity::of(file.get()) : FileIdentity{};
  drop(ref, record, sound.error(), [&] {
    // Somebody may have stored it again since we opened the file.
    const auto now = files_.open(ref.digest);
    const auto current = now && *now ? FileIdentity::of(now->get()) : FileIdentity{};
    return !current || !before || current->inode == before->inode;
  });
  return false;
}

}  // namespace fabrik::cache
