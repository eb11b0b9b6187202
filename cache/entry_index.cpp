#include "cache/entry_index.hpp"

namespace fabrik::cache {

Result<std::optional<EntryInfo>> EntryIndex::read(const RocksDb::Session& session,
                                                  std::string_view key) const {
  auto value = session.get(Family::entries, key);
  if (!value && value.error().code == Errc::corrupt) {
    return std::nullopt;
  }
  if (!value) {
    return fail(std::move(value).error());
  }
  return *value ? decode_entry(**value) : std::nullopt;
}

Result<bool> EntryIndex::is_live(const RocksDb::Session& session, const EntryInfo& info) const {
  if (blobs_.is_expired(to_unix_ms(info.created))) {
    return false;
  }
  FABRIK_TRY(const auto record, blobs_.find(session, info.blob.digest));
  return record.has_value();
}

Result<std::optional<EntryInfo>> EntryIndex::find(const EntryKey& key) const {
  const auto session = db_.enter();
  FABRIK_TRY(auto info, read(session, encode(key)));
  if (!info) {
    return std::nullopt;
  }
  FABRIK_TRY(const bool live, is_live(session, *info));
  return live ? std::move(info) : std::nullopt;
}

Result<std::vector<bool>> EntryIndex::contains(std::span<const EntryKey> keys) const {
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const EntryKey& key : keys) {
    names.push_back(encode(key));
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto session = db_.enter();
  std::vector<bool> found;
  found.reserve(keys.size());
  for (const auto& value : session.get_many(Family::entries, views)) {
    if (!value && value.error().code != Errc::corrupt) {
      return fail(value.error());
    }
    found.push_back(value && value->has_value());
  }
  return found;
}

Result<PutOutcome> EntryIndex::put(const EntryKey& key, const BlobRef& blob, const EntryMeta& meta,
                                   IfExists if_exists) {
  const std::string name = encode(key);
  const auto session = db_.enter();
  // The blob is locked too: it must not be evicted between our look and our write.
  const auto locked = locks_.lock({name, as_key(blob.digest)});
  FABRIK_TRY(const auto old, read(session, name));
  if (old && if_exists == IfExists::keep) {
    FABRIK_TRY(const bool live, is_live(session, *old));
    if (live) {
      return PutOutcome::existed;
    }
  }
  FABRIK_TRY(const auto record, blobs_.find(session, blob.digest));
  if (!record) {
    return fail(Errc::not_found,
                "store entry: its blob " + blob.digest.hex() + " is not in the cache (any more)");
  }
  auto batch = session.batch();
  const EntryInfo info{
      .blob = {.digest = blob.digest, .size = record->size}, .meta = meta, .created = clock_.now()};
  batch.put(Family::entries, name, encode(info));
  batch.put(Family::refs, ref_key(blob.digest, name), "");
  if (!old) {
    batch.add({.entries = 1});
  } else if (old->blob.digest != blob.digest) {
    batch.erase(Family::refs, ref_key(old->blob.digest, name));
  }
  quotas_.count(session, batch, name, info.blob.size,
                old ? std::optional(old->blob.size) : std::nullopt, record->order);
  FABRIK_CHECK(session.write(std::move(batch)));
  return PutOutcome::stored;
}

Result<bool> EntryIndex::erase(const EntryKey& key) {
  const std::string name = encode(key);
  const auto session = db_.enter();
  const auto locked = locks_.lock({name});
  FABRIK_TRY(const auto old, read(session, name));
  FABRIK_CHECK(erase(session, name, old));
  return old.has_value();
}

Result<void> EntryIndex::erase_dangling(const EntryKey& key) {
  const std::string name = encode(key);
  const auto session = db_.enter();
  const auto locked = locks_.lock({name});
  FABRIK_TRY(const auto old, read(session, name));
  if (old) {
    FABRIK_TRY(const auto record, blobs_.find(session, old->blob.digest));
    if (record) {
      return {};
    }
  }
  return erase(session, name, old);
}

Result<void> EntryIndex::erase(const RocksDb::Session& session, std::string_view name,
                               const std::optional<EntryInfo>& info) {
  auto batch = session.batch();
  batch.erase(Family::entries, name);
  if (info) {
    batch.erase(Family::refs, ref_key(info->blob.digest, name));
    batch.add({.entries = -1});
    quotas_.discount(session, batch, name, info->blob.size);
  }
  return session.write(std::move(batch));
}

Result<std::optional<EntryInfo>> EntryIndex::stored(std::string_view name) const {
  return read(db_.enter(), name);
}

Result<EntryIndex::Eviction> EntryIndex::evict(const QuotaIndex::Place& place) {
  const auto session = db_.enter();
  FABRIK_TRY(const auto before, read(session, place.entry));
  const auto locked =
      before ? locks_.lock({place.entry, as_key(before->blob.digest)}) : locks_.lock({place.entry});
  FABRIK_TRY(const auto info, read(session, place.entry));
  if (before && info && before->blob.digest != info->blob.digest) {
    return Eviction::moved;
  }
  auto batch = session.batch();
  if (!info || quotas_.place_of(session, place.entry) != place.order) {
    quotas_.forget(batch, place);
    FABRIK_CHECK(session.write(std::move(batch)));
    return Eviction::moved;
  }
  FABRIK_TRY(const auto record, blobs_.find(session, info->blob.digest));
  if (record && record->order > place.order) {
    quotas_.move(batch, place, record->order);
    FABRIK_CHECK(session.write(std::move(batch)));
    return Eviction::moved;
  }
  if (record && record->leased_until_ms > to_unix_ms(clock_.now())) {
    return Eviction::kept;
  }
  FABRIK_CHECK(erase(session, place.entry, info));
  return Eviction::gone;
}

Result<void> EntryIndex::adopt(const EntryKey& key, const EntryInfo& info) {
  const std::string name = encode(key);
  const auto session = db_.enter();
  const auto locked = locks_.lock({name, as_key(info.blob.digest)});
  FABRIK_TRY(const auto old, read(session, name));
  FABRIK_TRY(const auto record, blobs_.find(session, info.blob.digest));
  if (old || !record) {
    return {};
  }
  auto batch = session.batch();
  batch.put(Family::entries, name, encode(info));
  batch.put(Family::refs, ref_key(info.blob.digest, name), "");
  batch.add({.entries = 1});
  quotas_.count(session, batch, name, info.blob.size, std::nullopt, record->order);
  return session.write(std::move(batch));
}

Result<void> EntryIndex::restore_place(const EntryKey& key) {
  const std::string name = encode(key);
  const auto session = db_.enter();
  const auto locked = locks_.lock({name});
  FABRIK_TRY(const auto info, read(session, name));
  FABRIK_TRY(const auto record,
             info ? blobs_.find(session, info->blob.digest) : std::optional<BlobRecord>());
  auto batch = session.batch();
  if (!record || !quotas_.restore(session, batch, name, record->order)) {
    return {};
  }
  return session.write(std::move(batch));
}

Result<EntryPage> EntryIndex::list(const EntryKey* from, std::size_t limit) const {
  const auto session = db_.enter();
  EntryPage page;
  Result<void> trouble;
  const auto visit = [&](std::string_view name, std::string_view value) {
    auto key = decode_entry_key(name);
    auto info = decode_entry(value);
    if (!key || !info) {
      return true;
    }
    const auto live = is_live(session, *info);
    if (!live) {
      trouble = fail(live.error());
      return false;
    }
    if (*live && page.entries.size() == limit) {
      page.next = std::move(key);
      return false;
    }
    if (*live) {
      page.entries.emplace_back(*std::move(key), *std::move(info));
    }
    return true;
  };
  FABRIK_CHECK(session.scan(Family::entries, from == nullptr ? "" : encode(*from), visit));
  FABRIK_CHECK(trouble);
  return page;
}

}  // namespace fabrik::cache
