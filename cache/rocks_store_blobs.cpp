// The blob half of RocksStore.
#include <algorithm>

#include "cache/blob_reader.hpp"
#include "cache/rocks_store_impl.hpp"

namespace fabrik::cache {
namespace {

// Checking this much on a thread that must not wait is still all right.
constexpr std::uint64_t kQuickCheck = 1024 * 1024;

// So many are asked for at once: others wait no longer than that takes.
constexpr std::size_t kBatch = 512;

const Digest& digest_of(const Digest& digest) {
  return digest;
}
const Digest& digest_of(const BlobRef& blob) {
  return blob.digest;
}

std::unexpected<Error> damaged(const BlobRef& ref, std::string_view why) {
  return fail(Errc::corrupt,
              "cached blob " + ref.digest.hex() + " is damaged: " + std::string(why));
}

}  // namespace

Result<std::unique_ptr<BlobWriter>> RocksStore::create(std::uint64_t size_hint, Packing packing) {
  upkeep_.note_request();
  FABRIK_CHECK(check_writable());
  FABRIK_CHECK(room_.check_size(size_hint));
  return std::make_unique<RocksBlobWriter>(
      RocksBlobWriter::Parts{
          .room = room_, .files = files_, .index = blobs_, .verified = verified_},
      size_hint, packing);
}

Result<std::unique_ptr<BlobReader>> RocksStore::open(const Digest& digest, Verify verify) {
  upkeep_.note_request();
  const auto record = blobs_.find(digest);
  if (!record && record.error().code == Errc::unavailable) {
    return nullptr;
  }
  if (!record) {
    return fail(record.error());
  }
  if (!*record) {
    return nullptr;
  }
  const BlobRef ref{.digest = digest, .size = (*record)->size};
  auto reader =
      (*record)->is_inline() ? open_inline(ref, **record) : open_file(ref, **record, verify);
  if (reader) {
    usage_.touch(digest);
    return reader;
  }
  // Stored once more meanwhile, packed or unpacked: what we saw was of both. Perhaps
  // it is now as it was at first, so the record's sizes alone do not tell.
  if (const auto now = blobs_.stored(digest); now && *now && **now != **record) {
    return open(digest, verify);
  }
  if (reader.error().code == Errc::corrupt || reader.error().code == Errc::unavailable) {
    return nullptr;
  }
  return reader;
}

Result<std::unique_ptr<BlobReader>> RocksStore::open_inline(const BlobRef& ref,
                                                            const BlobRecord& record) {
  FABRIK_TRY(auto content, blobs_.content(ref.digest, record));
  if (!content || !verified_content_.check(ref.digest, as_bytes(*content))) {
    const auto error =
        damaged(ref, content ? "its content has another SHA-256" : "its content cannot be read");
    drop(ref, record, error.error(), {});
    return error;
  }
  return read_from_memory(ref, *std::move(content));
}

Result<std::unique_ptr<BlobReader>> RocksStore::open_file(const BlobRef& ref,
                                                          const BlobRecord& record, Verify verify) {
  FABRIK_TRY(UniqueFd file, files_.open(ref.digest));
  if (!file) {
    const auto error = damaged(ref, "its file is missing");
    drop(ref, record, error.error(), [&] {
      const auto now = files_.open(ref.digest);
      return now && !*now;
    });
    return error;
  }
  FABRIK_TRY(const auto identity, FileIdentity::of(file.get()));
  const auto give_up = [this, ref, record, identity](const Error& error) {
    // Somebody may have stored the blob again since we opened the file.
    drop(ref, record, error, [&] {
      const auto now = files_.open(ref.digest);
      const auto current = now && *now ? FileIdentity::of(now->get()) : FileIdentity{};
      return !current || current->inode == identity.inode || current->inode == 0;
    });
  };
  FABRIK_TRY(auto pieces, blobs_.pieces(ref.digest, record));
  const bool known = verified_.contains(ref.digest, identity);
  Result<void> checked;
  if (!pieces) {
    checked = damaged(ref, "its checksums cannot be read");
  } else if (identity.size != record.stored) {
    checked = damaged(ref, "its file has another size");
  } else if (!known || verify == Verify::whole_first) {
    checked = check_file(file.get(), ref, *pieces, !known);
  }
  if (!checked) {
    give_up(checked.error());
    return fail(std::move(checked).error());
  }
  if (!known) {
    verified_.add(ref.digest, identity);
  }
  return read_from_file(ref, std::move(file), *std::move(pieces), give_up);
}

void RocksStore::drop(const BlobRef& ref, const BlobRecord& record, const Error& why,
                      const std::function<bool()>& still_damaged) {
  const auto removed = blobs_.remove(ref.digest, [&](const BlobRecord* now) {
    // A use alone changes a record, so where the file tells, that is asked instead.
    return now != nullptr &&
           (still_damaged ? now->stored == record.stored && still_damaged() : *now == record);
  });
  verified_.forget(ref.digest);
  if (removed && *removed) {
    ++corrupt_dropped_;
  }
  log_.warn("dropped a damaged blob", {{"reason", why.message},
                                       {"size", ref.size},
                                       {"removed", removed && *removed ? "yes" : "no"}});
}

template <class Item, class Ask>
Result<std::vector<Item>> RocksStore::absent_of(std::span<const Item> items, Ask ask) {
  upkeep_.note_request();
  std::vector<Item> absent;
  for (std::size_t at = 0; at < items.size(); at += kBatch) {
    const auto part = items.subspan(at, std::min(kBatch, items.size() - at));
    const auto present = ask(part);
    if (!present && present.error().code != Errc::unavailable) {
      return fail(present.error());
    }
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (present && (*present)[i]) {
        usage_.touch(digest_of(part[i]));
      } else {
        absent.push_back(part[i]);
      }
    }
  }
  return absent;
}

Result<std::vector<Digest>> RocksStore::missing(std::span<const Digest> digests) {
  return absent_of(digests, [this](auto part) { return blobs_.present(part); });
}

Result<std::vector<BlobRef>> RocksStore::lease(std::span<const BlobRef> blobs) {
  return absent_of(blobs, [this](auto part) { return blobs_.lease(part, options_.min_lease); });
}

bool RocksStore::opens_slowly(const BlobRef& blob, Verify verify) const {
  if (blob.size <= kInlineLimit) {
    return false;
  }
  return !verified_.contains(blob.digest) ||
         (verify == Verify::whole_first && blob.size > kQuickCheck);
}

Result<bool> RocksStore::erase(const Digest& digest) {
  FABRIK_TRY(const auto removed, blobs_.remove(digest));
  verified_.forget(digest);
  return removed.has_value();
}

}  // namespace fabrik::cache
