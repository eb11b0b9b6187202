#include "cache/blob_index.hpp"

#include <algorithm>

#include "cache/packing.hpp"

namespace fabrik::cache {
namespace {

void count_uses(BlobRecord& record, std::uint32_t uses) {
  if (__builtin_add_overflow(record.uses, uses, &record.uses)) {
    record.uses = UINT32_MAX;
  }
}

}  // namespace

bool BlobIndex::is_expired(std::int64_t created_ms) const {
  return p_.ttl.count() > 0 && to_unix_ms(p_.clock.now()) - created_ms >= p_.ttl.count();
}

Result<std::optional<BlobRecord>> BlobIndex::read(const RocksDb::Session& session,
                                                  const Digest& digest, bool& damaged) const {
  auto value = session.get(Family::blobs, as_key(digest));
  damaged = !value && value.error().code == Errc::corrupt;
  if (!value && !damaged) {
    return fail(std::move(value).error());
  }
  if (damaged || !*value) {
    if (damaged) {
      p_.on_damage();
    }
    return std::nullopt;
  }
  auto record = decode_blob(**value);
  damaged = !record;
  return record;
}

Result<std::optional<BlobRecord>> BlobIndex::find(const RocksDb::Session& session,
                                                  const Digest& digest) const {
  bool damaged = false;
  FABRIK_TRY(auto record, read(session, digest, damaged));
  if (record && is_expired(record->created_ms)) {
    return std::nullopt;
  }
  return record;
}

Result<std::optional<BlobRecord>> BlobIndex::find(const Digest& digest) {
  bool damaged = false;
  {
    const auto session = p_.db.enter();
    FABRIK_TRY(auto record, read(session, digest, damaged));
    if (!damaged) {
      return record && is_expired(record->created_ms) ? std::nullopt : record;
    }
  }
  (void)remove(digest);  // works or not: it is not there
  return std::nullopt;
}

Result<std::optional<BlobRecord>> BlobIndex::stored(const Digest& digest) const {
  const auto session = p_.db.enter();
  bool damaged = false;
  return read(session, digest, damaged);
}

void BlobIndex::move(RocksDb::Batch& batch, const Digest& digest, BlobRecord& record,
                     std::uint64_t place) {
  if (record.order != place) {
    batch.erase(Family::order, encode(OrderKey{record.order, digest}));
  }
  record.order = place;
  batch.put(Family::order, encode(OrderKey{place, digest}), "");
  batch.put(Family::blobs, as_key(digest), encode(record));
}

Result<void> BlobIndex::put_record(const RocksDb::Session& session, RocksDb::Batch batch,
                                   const Digest& digest, Size size,
                                   const std::optional<BlobRecord>& old) {
  BlobRecord record = old.value_or(BlobRecord{});
  batch.add(
      {.bytes = static_cast<std::int64_t>(size.stored) - static_cast<std::int64_t>(record.stored)});
  record.size = size.content;
  record.stored = size.stored;
  record.created_ms = to_unix_ms(p_.clock.now());
  count_uses(record, 1);
  const std::uint64_t tick = p_.ticks.next();
  const auto first = [&]() -> std::uint64_t {
    std::uint64_t place = 0;
    (void)session.scan(Family::order, encode(OrderKey{cursor_.first(), {}}),
                       [&](std::string_view key, std::string_view) {
                         place = decode_order(key).value_or(OrderKey{}).order;
                         return false;
                       });
    return place;
  };
  std::uint64_t place = p_.order.on_commit(tick, first);
  if (old) {
    place = std::max(place, p_.order.on_use(record, tick));
  } else {
    batch.add({.content = static_cast<std::int64_t>(size.content), .blobs = 1, .tick = tick});
  }
  const VictimCursor::Insertion insertion(cursor_, place);
  move(batch, digest, record, place);
  return session.write(std::move(batch));
}

Result<void> BlobIndex::publish(const Digest& digest, std::uint64_t size, Bytes content) {
  const auto session = p_.db.enter();
  const auto locked = p_.locks.lock({as_key(digest)});
  bool damaged = false;
  FABRIK_TRY(const auto old, read(session, digest, damaged));
  auto batch = session.batch();
  const auto stored = session.get(Family::data, as_key(digest));
  if (!old || !stored || !*stored || **stored != as_text(content)) {
    batch.put(Family::data, as_key(digest), as_text(content));
  }
  return put_record(session, std::move(batch), digest, {.content = size, .stored = content.size()},
                    old);
}

Result<void> BlobIndex::publish(const Digest& digest, std::uint64_t size, std::uint64_t stored,
                                TempFile& file, const Pieces& pieces) {
  const auto session = p_.db.enter();
  const auto locked = p_.locks.lock({as_key(digest)});
  bool damaged = false;
  FABRIK_TRY(const auto old, read(session, digest, damaged));
  // Also over a file that is there: what we hold has just been hashed, and what
  // lies there may be damaged.
  FABRIK_CHECK(p_.files.publish(file, digest));
  auto batch = session.batch();
  batch.put(Family::checksums, as_key(digest), encode(pieces));
  auto written =
      put_record(session, std::move(batch), digest, {.content = size, .stored = stored}, old);
  if (!written && !old) {
    p_.files.remove(digest);
  }
  return written;
}

Result<void> BlobIndex::adopt(const Digest& digest, BlobRecord record, std::string_view payload) {
  const auto session = p_.db.enter();
  const auto locked = p_.locks.lock({as_key(digest)});
  bool damaged = false;
  FABRIK_TRY(const auto present, read(session, digest, damaged));
  const bool whole = record.is_inline() ? payload.size() == record.stored
                                        : decode_pieces(payload, record.size) &&
                                              p_.files.has(digest, record.stored);
  if (present || !whole) {
    return {};
  }
  auto batch = session.batch();
  batch.put(record.is_inline() ? Family::data : Family::checksums, as_key(digest), payload);
  batch.add({.bytes = static_cast<std::int64_t>(record.stored),
             .content = static_cast<std::int64_t>(record.size),
             .blobs = 1});
  const VictimCursor::Insertion insertion(cursor_, record.order);
  move(batch, digest, record, record.order);
  return session.write(std::move(batch));
}

Result<std::optional<std::string>> BlobIndex::content(const Digest& digest,
                                                      const BlobRecord& record) const {
  auto value = p_.db.enter().get(Family::data, as_key(digest));
  if (!value && value.error().code == Errc::corrupt) {
    return std::nullopt;
  }
  if (!value || !*value || !record.is_packed()) {
    return value;
  }
  std::string unpacked(static_cast<std::size_t>(record.size), '\0');
  const bool right = unpack(as_bytes(**value), std::as_writable_bytes(std::span(unpacked)));
  return right ? std::optional(std::move(unpacked)) : std::nullopt;
}

Result<std::optional<Pieces>> BlobIndex::pieces(const Digest& digest,
                                                const BlobRecord& record) const {
  auto value = p_.db.enter().get(Family::checksums, as_key(digest));
  if (!value && value.error().code == Errc::corrupt) {
    return std::nullopt;
  }
  if (!value) {
    return fail(std::move(value).error());
  }
  auto pieces = *value ? decode_pieces(**value, record.size) : std::nullopt;
  return pieces && pieces->stored.empty() == !record.is_packed() ? pieces : std::nullopt;
}

Result<void> BlobIndex::use(const Digest& digest, std::uint32_t uses, std::uint64_t tick) {
  const auto session = p_.db.enter();
  const auto locked = p_.locks.lock({as_key(digest)});
  bool damaged = false;
  FABRIK_TRY(auto record, read(session, digest, damaged));
  if (!record) {
    return {};
  }
  count_uses(*record, uses);
  const std::uint64_t place = p_.order.on_use(*record, tick);
  auto batch = session.batch();
  batch.add({.tick = tick});
  const VictimCursor::Insertion insertion(cursor_, place);
  move(batch, digest, *record, place);
  return session.write(std::move(batch));
}

Result<void> BlobIndex::in_order(std::uint64_t from,
                                 const std::function<bool(const OrderKey&)>& visit) const {
  const auto session = p_.db.enter();
  FABRIK_TRY(const bool damaged, session.scan(Family::order, encode(OrderKey{from, {}}),
                                              [&](std::string_view key, std::string_view) {
                                                const auto place = decode_order(key);
                                                return !place || visit(*place);
                                              }));
  if (damaged) {
    p_.on_damage();
  }
  return {};
}

Result<void> BlobIndex::forget_place(const OrderKey& place) {
  const auto session = p_.db.enter();
  const auto locked = p_.locks.lock({as_key(place.digest)});
  bool damaged = false;
  FABRIK_TRY(const auto record, read(session, place.digest, damaged));
  if (record && record->order == place.order) {
    return {};
  }
  auto batch = session.batch();
  batch.erase(Family::order, encode(place));
  return session.write(std::move(batch));
}

Result<void> BlobIndex::restore_place(const Digest& digest) {
  const auto session = p_.db.enter();
  const auto locked = p_.locks.lock({as_key(digest)});
  bool damaged = false;
  FABRIK_TRY(const auto record, read(session, digest, damaged));
  if (!record) {
    return {};
  }
  const std::string key = encode(OrderKey{record->order, digest});
  const auto present = session.get(Family::order, key);
  if (present && *present) {
    return {};
  }
  const VictimCursor::Insertion insertion(cursor_, record->order);
  auto batch = session.batch();
  batch.put(Family::order, key, "");
  return session.write(std::move(batch));
}

}  // namespace fabrik::cache
