// The blob half of RocksStore.
#include "cache/blob_reader.hpp"
#include "cache/rocks_store_impl.hpp"

namespace fabrik::cache {
namespace {

// Checking this much on a thread that must not wait is still all right.
constexpr std::uint64_t kQuickCheck = 1024 * 1024;

std::unexpected<Error> damaged(const BlobRef& ref, std::string_view why) {
  return fail(Errc::corrupt,
              "cached blob " + ref.digest.hex() + " is damaged: " + std::string(why));
}

}  // namespace

Result<std::unique_ptr<BlobWriter>> RocksStore::create(std::uint64_t size_hint) {
  upkeep_.note_request();
  FABRIK_CHECK(check_writable());
  FABRIK_CHECK(room_.check_size(size_hint));
  return std::make_unique<RocksBlobWriter>(
      RocksBlobWriter::Parts{
          .room = room_, .files = files_, .index = blobs_, .verified = verified_},
      size_hint);
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
  auto reader = (*record)->is_inline() ? open_inline(ref) : open_file(ref, verify);
  if (reader) {
    usage_.touch(digest);
  } else if (reader.error().code == Errc::corrupt || reader.error().code == Errc::unavailable) {
    return nullptr;
  }
  return reader;
}

Result<std::unique_ptr<BlobReader>> RocksStore::open_inline(const BlobRef& ref) {
  FABRIK_TRY(auto content, blobs_.content(ref.digest));
  if (!content || !verified_content_.check(ref.digest, as_bytes(*content))) {
    const auto error =
        damaged(ref, content ? "its content has another SHA-256" : "its content cannot be read");
    drop(ref, error.error(), {});
    return error;
  }
  return read_from_memory(ref, *std::move(content));
}

Result<std::unique_ptr<BlobReader>> RocksStore::open_file(const BlobRef& ref, Verify verify) {
  FABRIK_TRY(UniqueFd file, files_.open(ref.digest));
  if (!file) {
    const auto error = damaged(ref, "its file is missing");
    drop(ref, error.error(), [&] {
      const auto now = files_.open(ref.digest);
      return now && !*now;
    });
    return error;
  }
  FABRIK_TRY(const auto identity, FileIdentity::of(file.get()));
  const auto give_up = [this, ref, identity](const Error& error) {
    // Somebody may have stored the blob again since we opened the file.
    drop(ref, error, [&] {
      const auto now = files_.open(ref.digest);
      const auto current = now && *now ? FileIdentity::of(now->get()) : FileIdentity{};
      return !current || current->inode == identity.inode || current->inode == 0;
    });
  };
  FABRIK_TRY(auto checksums, blobs_.checksums(ref.digest, ref.size));
  const bool known = verified_.contains(ref.digest, identity);
  Result<void> checked;
  if (!checksums) {
    checked = damaged(ref, "its checksums cannot be read");
  } else if (identity.size != ref.size) {
    checked = damaged(ref, "its file has another size");
  } else if (!known || verify == Verify::whole_first) {
    checked = check_file(file.get(), ref, *checksums, !known);
  }
  if (!checked) {
    give_up(checked.error());
    return fail(std::move(checked).error());
  }
  if (!known) {
    verified_.add(ref.digest, identity);
  }
  return read_from_file(ref, std::move(file), *std::move(checksums), give_up);
}

void RocksStore::drop(const BlobRef& ref, const Error& why,
                      const std::function<bool()>& still_damaged) {
  const auto removed = blobs_.remove(
      ref.digest, [&](const BlobRecord*) { return !still_damaged || still_damaged(); });
  verified_.forget(ref.digest);
  if (removed && *removed) {
    ++corrupt_dropped_;
  }
  log_.warn("dropped a damaged blob", {{"reason", why.message},
                                       {"size", ref.size},
                                       {"removed", removed && *removed ? "yes" : "no"}});
}

Result<std::vector<Digest>> RocksStore::missing(std::span<const Digest> digests) {
  std::vector<Digest> absent;
  for (const Digest& digest : digests) {
    const auto record = blobs_.find(digest);
    if (!record && record.error().code != Errc::unavailable) {
      return fail(record.error());
    }
    if (record && *record) {
      usage_.touch(digest);
    } else {
      absent.push_back(digest);
    }
  }
  return absent;
}

Result<std::vector<BlobRef>> RocksStore::lease(std::span<const BlobRef> blobs) {
  std::vector<BlobRef> absent;
  for (const BlobRef& blob : blobs) {
    const auto leased = blobs_.lease(blob, options_.min_lease);
    if (!leased && leased.error().code != Errc::unavailable) {
      return fail(leased.error());
    }
    if (leased && *leased) {
      usage_.touch(blob.digest);
    } else {
      absent.push_back(blob);
    }
  }
  return absent;
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
