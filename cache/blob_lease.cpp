// Questions about many blobs at once: a build asks for thousands before it starts.
#include <algorithm>

#include "cache/blob_index.hpp"

namespace fabrik::cache {

Result<std::vector<std::optional<BlobRecord>>> BlobIndex::find_many(
    const RocksDb::Session& session, std::span<const std::string_view> keys) const {
  std::vector<std::optional<BlobRecord>> records;
  records.reserve(keys.size());
  for (auto& value : session.get_many(Family::blobs, keys)) {
    if (!value && value.error().code != Errc::corrupt) {
      return fail(std::move(value).error());
    }
    if (!value) {
      p_.on_damage();
    }
    auto record = value && *value ? decode_blob(**value) : std::nullopt;
    if (record && is_expired(record->created_ms)) {
      record.reset();
    }
    records.push_back(record);
  }
  return records;
}

Result<std::vector<bool>> BlobIndex::present(std::span<const Digest> digests) const {
  std::vector<std::string_view> keys(digests.size());
  std::ranges::transform(digests, keys.begin(),
                         [](const Digest& digest) { return as_key(digest); });
  const auto session = p_.db.enter();
  FABRIK_TRY(const auto records, find_many(session, keys));
  std::vector<bool> found;
  found.reserve(records.size());
  for (const auto& record : records) {
    found.push_back(record.has_value());
  }
  return found;
}

Result<std::vector<bool>> BlobIndex::lease(std::span<const BlobRef> blobs,
                                           std::chrono::milliseconds period) {
  std::vector<std::string_view> keys(blobs.size());
  std::ranges::transform(blobs, keys.begin(),
                         [](const BlobRef& blob) { return as_key(blob.digest); });
  const auto session = p_.db.enter();
  const auto locked = p_.locks.lock(keys);
  FABRIK_TRY(auto records, find_many(session, keys));
  const std::int64_t now = to_unix_ms(p_.clock.now());
  std::vector<bool> leased(blobs.size());
  auto batch = session.batch();
  bool changed = false;
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    auto& record = records[i];
    leased[i] = record && record->size == blobs[i].size;
    if (leased[i] && record->leased_until_ms < now + period.count()) {
      // Half a period more than asked, so that frequent renewals write seldom.
      record->leased_until_ms = now + period.count() + period.count() / 2;
      batch.put(Family::blobs, keys[i], encode(*record));
      changed = true;
    }
  }
  if (changed) {
    FABRIK_CHECK(session.write(std::move(batch)));
  }
  return leased;
}

Result<void> BlobIndex::by_digest(const Digest* from,
                                  const std::function<bool(const BlobRef&)>& visit) const {
  const auto session = p_.db.enter();
  FABRIK_TRY(const bool damaged,
             session.scan(Family::blobs, from ? as_key(*from) : "",
                          [&](std::string_view key, std::string_view value) {
                            const auto digest = decode_digest(key);
                            const auto record = decode_blob(value);
                            return !digest || !record ||
                                   visit({.digest = *digest, .size = record->size});
                          }));
  if (damaged) {
    p_.on_damage();
  }
  return {};
}

}  // namespace fabrik::cache
