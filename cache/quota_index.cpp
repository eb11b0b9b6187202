#include "cache/quota_index.hpp"

#include "cache/footprint.hpp"
#include "cache/schema.hpp"

namespace fabrik::cache {
namespace {

Totals one_entry(std::uint64_t size) {
  return {.content = static_cast<std::int64_t>(size), .entries = 1};
}

std::string account(const Quota& quota) {
  return "quota " + quota.of.text();
}

}  // namespace

std::vector<std::string> QuotaIndex::accounts() const {
  std::vector<std::string> names;
  for (const Quota& quota : quotas_) {
    names.push_back(account(quota));
  }
  return names;
}

std::string QuotaIndex::fingerprint() const {
  std::string text;
  for (const Quota& quota : quotas_) {
    text += quota.of.text() + "\n";
  }
  return text;
}

std::optional<std::size_t> QuotaIndex::of(const EntryKey& key) const {
  for (std::size_t i = 0; i < quotas_.size(); ++i) {
    if (quotas_[i].of.matches(key.space, key.ns)) {
      return i;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> QuotaIndex::of(std::string_view entry) const {
  if (quotas_.empty()) {
    return std::nullopt;
  }
  const auto key = decode_entry_key(entry);
  return key ? of(*key) : std::nullopt;
}

std::optional<std::uint64_t> QuotaIndex::place_of(const RocksDb::Session& session,
                                                  std::string_view entry) const {
  const auto value = session.get(Family::quotas, quota_entry_key(entry));
  return value && *value ? decode_place(**value) : std::nullopt;
}

void QuotaIndex::put_place(RocksDb::Batch& batch, std::size_t quota, const Place& place) const {
  batch.put(Family::quotas, quota_entry_key(place.entry), encode_place(place.order));
  batch.put(Family::quotas, quota_order_key(quota, place.order, place.entry), "");
}

void QuotaIndex::count(const RocksDb::Session& session, RocksDb::Batch& batch,
                       std::string_view entry, std::uint64_t size,
                       std::optional<std::uint64_t> old_size, std::uint64_t order) const {
  const auto quota = of(entry);
  if (!quota) {
    return;
  }
  if (old_size) {
    discount(session, batch, entry, *old_size);
  }
  put_place(batch, *quota, {.order = order, .entry = std::string(entry)});
  batch.add(one_entry(size), account(quotas_[*quota]));
}

void QuotaIndex::discount(const RocksDb::Session& session, RocksDb::Batch& batch,
                          std::string_view entry, std::uint64_t size) const {
  const auto quota = of(entry);
  if (!quota) {
    return;
  }
  if (const auto order = place_of(session, entry)) {
    forget(batch, {.order = *order, .entry = std::string(entry)});
  }
  batch.erase(Family::quotas, quota_entry_key(entry));
  batch.add(-one_entry(size), account(quotas_[*quota]));
}

void QuotaIndex::move(RocksDb::Batch& batch, const Place& from, std::uint64_t to) const {
  if (const auto quota = of(from.entry)) {
    forget(batch, from);
    put_place(batch, *quota, {.order = to, .entry = from.entry});
  }
}

void QuotaIndex::forget(RocksDb::Batch& batch, const Place& place) const {
  if (const auto quota = of(place.entry)) {
    batch.erase(Family::quotas, quota_order_key(*quota, place.order, place.entry));
  }
}

bool QuotaIndex::restore(const RocksDb::Session& session, RocksDb::Batch& batch,
                         std::string_view entry, std::uint64_t order) const {
  const auto quota = of(entry);
  if (!quota) {
    return false;
  }
  const auto place = place_of(session, entry);
  const auto there =
      place ? session.get(Family::quotas, quota_order_key(*quota, *place, entry)) : std::nullopt;
  if (there && *there) {
    return false;
  }
  put_place(batch, *quota, {.order = order, .entry = std::string(entry)});
  return true;
}

Result<void> QuotaIndex::in_order(const RocksDb::Session& session, std::size_t quota,
                                  const Place* after,
                                  const std::function<bool(Place)>& visit) const {
  std::string from = quota_order_key(quota, after ? after->order : 0, after ? after->entry : "");
  if (after) {
    from += '\0';
  }
  FABRIK_CHECK(session.scan(Family::quotas, from, [&](std::string_view key, std::string_view) {
    auto place = decode_quota_order(quota, key);
    return place && visit({.order = place->first, .entry = std::string(place->second)});
  }));
  return {};
}

}  // namespace fabrik::cache
