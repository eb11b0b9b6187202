#include "cache/schema.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/clock.hpp"

namespace fabrik::cache {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr char kRecordVersion = 1;  // of an entry
constexpr char kBlobVersion = 2;
constexpr char kQuotaEntry = 'e';
constexpr char kQuotaOrder = 'o';
constexpr std::size_t kDigestSize = sizeof(Digest::bytes);
// The year 2255: later times would overflow the clock's nanoseconds.
constexpr std::int64_t kLastMs = 9'000'000'000'000;

bool is_time(std::int64_t ms) {
  return ms >= 0 && ms <= kLastMs;
}

template <class Int>
void put(std::string& out, Int value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

void put_big_endian(std::string& out, std::uint64_t value) {
  put(out, __builtin_bswap64(value));
}

// Takes values off the front; one missing byte makes everything after fail.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  template <class Int>
  Int take() {
    Int value{};
    const auto bytes = take_bytes(sizeof value);
    if (ok_) {
      std::memcpy(&value, bytes.data(), sizeof value);
    }
    return value;
  }
  std::string_view take_bytes(std::size_t count) {
    if (!ok_ || text_.size() < count) {
      ok_ = false;
      return {};
    }
    const auto bytes = text_.substr(0, count);
    text_.remove_prefix(count);
    return bytes;
  }
  std::string take_text() { return std::string(take_bytes(take<std::uint32_t>())); }
  Digest take_digest() {
    Digest digest;
    if (const auto bytes = take_bytes(kDigestSize); ok_) {
      std::memcpy(digest.bytes.data(), bytes.data(), kDigestSize);
    }
    return digest;
  }
  bool ok() const { return ok_; }
  bool finished() const { return ok_ && text_.empty(); }
  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
  bool ok_ = true;
};

}  // namespace

std::string encode(const BlobRecord& record) {
  std::string out;
  put(out, kBlobVersion);
  put(out, record.size);
  put(out, record.created_ms);
  put(out, record.order);
  put(out, record.uses);
  put(out, record.leased_until_ms);
  put(out, record.stored);
  return out;
}

std::optional<BlobRecord> decode_blob(std::string_view value) {
  Parser parser(value);
  const char version = parser.take<char>();
  BlobRecord record;
  record.size = parser.take<std::uint64_t>();
  record.created_ms = parser.take<std::int64_t>();
  record.order = parser.take<std::uint64_t>();
  record.uses = parser.take<std::uint32_t>();
  record.leased_until_ms = parser.take<std::int64_t>();
  record.stored = parser.take<std::uint64_t>();
  if (!parser.finished() || version != kBlobVersion || !is_time(record.created_ms) ||
      !is_time(record.leased_until_ms) || record.stored > record.size) {
    return std::nullopt;
  }
  return record;
}

std::string encode(const EntryInfo& info) {
  std::string out;
  put(out, kRecordVersion);
  out += as_key(info.blob.digest);
  put(out, info.blob.size);
  put(out, to_unix_ms(info.created));
  put_text(out, info.meta.writer);
  put(out, static_cast<std::uint32_t>(info.meta.headers.size()));
  for (const auto& [name, value] : info.meta.headers) {
    put_text(out, name);
    put_text(out, value);
  }
  return out;
}

std::optional<EntryInfo> decode_entry(std::string_view value) {
  Parser parser(value);
  const char version = parser.take<char>();
  EntryInfo info;
  info.blob.digest = parser.take_digest();
  info.blob.size = parser.take<std::uint64_t>();
  const auto created_ms = parser.take<std::int64_t>();
  info.meta.writer = parser.take_text();
  const auto count = parser.take<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && parser.ok(); ++i) {
    std::string name = parser.take_text();
    info.meta.headers.emplace_back(std::move(name), parser.take_text());
  }
  if (!parser.finished() || version != kRecordVersion || !is_time(created_ms)) {
    return std::nullopt;
  }
  info.created = from_unix_ms(created_ms);
  return info;
}

std::string encode(const EntryKey& key) {
  std::string out(1, static_cast<char>(key.space));
  out += key.ns;
  out += '\0';
  out += key.key;
  return out;
}

std::optional<EntryKey> decode_entry_key(std::string_view text) {
  const auto end = text.find('\0', 1);
  if (text.empty() || text[0] == '\0' || end == std::string_view::npos ||
      text.find('\0', end + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  return EntryKey{.space = static_cast<Space>(text[0]),
                  .ns = std::string(text.substr(1, end - 1)),
                  .key = std::string(text.substr(end + 1))};
}

std::string_view as_key(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), kDigestSize};
}

std::optional<Digest> decode_digest(std::string_view text) {
  Parser parser(text);
  const Digest digest = parser.take_digest();
  return parser.finished() ? std::optional(digest) : std::nullopt;
}

std::string ref_key(const Digest& digest, std::string_view entry_key) {
  std::string out(as_key(digest));
  out += entry_key;
  return out;
}

std::optional<std::string_view> entry_of_ref(const Digest& digest, std::string_view ref) {
  if (!ref.starts_with(as_key(digest))) {
    return std::nullopt;
  }
  return ref.substr(kDigestSize);
}

std::string encode(const OrderKey& key) {
  std::string out;
  put_big_endian(out, key.order);
  out += as_key(key.digest);
  return out;
}

std::optional<OrderKey> decode_order(std::string_view text) {
  Parser parser(text);
  OrderKey key;
  key.order = __builtin_bswap64(parser.take<std::uint64_t>());
  key.digest = parser.take_digest();
  return parser.finished() ? std::optional(key) : std::nullopt;
}

std::string encode(const Pieces& pieces) {
  std::string out(reinterpret_cast<const char*>(pieces.checksums.data()),
                  pieces.checksums.size() * sizeof(std::uint64_t));
  out.append(reinterpret_cast<const char*>(pieces.stored.data()),
             pieces.stored.size() * sizeof(std::uint32_t));
  return out;
}

std::optional<Pieces> decode_pieces(std::string_view value, std::uint64_t blob_size) {
  const std::uint64_t count = blob_size / kChunkSize + (blob_size % kChunkSize != 0);
  constexpr std::size_t kPlain = sizeof(std::uint64_t);
  constexpr std::size_t kPacked = kPlain + sizeof(std::uint32_t);
  if (count > value.size() / kPlain ||
      (value.size() != count * kPlain && value.size() != count * kPacked)) {
    return std::nullopt;
  }
  Pieces pieces;
  Parser parser(value);
  for (std::uint64_t i = 0; i < count; ++i) {
    pieces.checksums.push_back(parser.take<std::uint64_t>());
  }
  for (std::uint64_t i = 0; i < count && !parser.finished(); ++i) {
    const std::uint32_t stored = parser.take<std::uint32_t>();
    if (stored == 0 || stored > std::min<std::uint64_t>(kChunkSize, blob_size - i * kChunkSize)) {
      return std::nullopt;
    }
    pieces.stored.push_back(stored);
  }
  return pieces;
}

std::string quota_entry_key(std::string_view entry_key) {
  return kQuotaEntry + std::string(entry_key);
}

std::string encode_place(std::uint64_t place) {
  std::string out;
  put(out, place);
  return out;
}

std::optional<std::uint64_t> decode_place(std::string_view value) {
  Parser parser(value);
  const auto place = parser.take<std::uint64_t>();
  return parser.finished() ? std::optional(place) : std::nullopt;
}

std::string quota_order_key(std::size_t quota, std::uint64_t place, std::string_view entry_key) {
  std::string out(1, kQuotaOrder);
  out += static_cast<char>(quota);
  put_big_endian(out, place);
  out += entry_key;
  return out;
}

std::optional<std::pair<std::uint64_t, std::string_view>> decode_quota_order(std::size_t quota,
                                                                             std::string_view key) {
  Parser parser(key);
  const bool ours =
      parser.take<char>() == kQuotaOrder && parser.take<char>() == static_cast<char>(quota);
  const auto place = __builtin_bswap64(parser.take<std::uint64_t>());
  if (!ours || !parser.ok()) {
    return std::nullopt;
  }
  return std::pair(place, parser.rest());
}

}  // namespace fabrik::cache
