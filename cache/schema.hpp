// How blobs and entries are written in the index: pure functions between values
// and bytes. Everything read back is untrusted (disks lie), so every decoder
// answers nullopt for anything that its encoder would not have written.
//
// Integers in keys are big-endian (so that they sort), in values little-endian.
// Changing a layout means a new kFormat in store_layout.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "cache/entry.hpp"
#include "cache/key.hpp"

namespace fabrik::cache {

// Blobs up to this size live in the database, larger ones as files.
inline constexpr std::uint64_t kInlineLimit = 64 * 1024;

struct BlobRecord {
  std::uint64_t size = 0;
  std::int64_t created_ms = 0;       // last commit, milliseconds since 1970
  std::uint64_t order = 0;           // its place in the eviction order
  std::uint32_t uses = 0;            // commits and reads so far
  std::int64_t leased_until_ms = 0;  // not evicted before; 0: never leased
  std::uint64_t stored = 0;          // bytes it takes on disk; less than size: compressed

  bool is_inline() const { return size <= kInlineLimit; }
  bool is_packed() const { return stored < size; }
  bool operator==(const BlobRecord&) const = default;
};

std::string encode(const BlobRecord& record);
std::optional<BlobRecord> decode_blob(std::string_view value);

// Also the value of an entry.
std::string encode(const EntryInfo& info);
std::optional<EntryInfo> decode_entry(std::string_view value);

// Sorts like EntryKey itself: space, namespace, NUL, key.
std::string encode(const EntryKey& key);
std::optional<EntryKey> decode_entry_key(std::string_view text);

std::string_view as_key(const Digest& digest);  // valid as long as the digest
std::optional<Digest> decode_digest(std::string_view text);

// "This entry points at this blob": the digest, then the entry's key.
std::string ref_key(const Digest& digest, std::string_view entry_key);
// The entry's key of a ref_key() of that digest; nullopt for other digests.
std::optional<std::string_view> entry_of_ref(const Digest& digest, std::string_view ref);

// One place in the eviction order.
struct OrderKey {
  std::uint64_t order = 0;
  Digest digest;

  bool operator==(const OrderKey&) const = default;
};
std::string encode(const OrderKey& key);
std::optional<OrderKey> decode_order(std::string_view text);

// The pieces of kChunkSize bytes (the last may be shorter) that a file blob is
// checked and compressed in.
struct Pieces {
  std::vector<std::uint64_t> checksums;  // of the bytes that clients see
  // What each takes in the file; as long as the piece itself: not compressed.
  // None at all: the file is the blob.
  std::vector<std::uint32_t> stored = {};

  bool operator==(const Pieces&) const = default;
};
std::string encode(const Pieces& pieces);
// nullopt unless they fit a blob of that size.
std::optional<Pieces> decode_pieces(std::string_view value, std::uint64_t blob_size);

// Quotas: where an entry stands, and the order of the entries of one quota.
std::string quota_entry_key(std::string_view entry_key);
std::string encode_place(std::uint64_t place);
std::optional<std::uint64_t> decode_place(std::string_view value);
std::string quota_order_key(std::size_t quota, std::uint64_t place, std::string_view entry_key);
// Place and entry; nullopt for keys of other quotas.
std::optional<std::pair<std::uint64_t, std::string_view>> decode_quota_order(std::size_t quota,
                                                                             std::string_view key);

}  // namespace fabrik::cache
