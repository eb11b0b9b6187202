#include "cache/quota_keeper.hpp"

#include <algorithm>

#include "base/units.hpp"
#include "cache/footprint.hpp"

namespace fabrik::cache {
namespace {

constexpr std::size_t kPage = 64;

}  // namespace

QuotaKeeper::QuotaKeeper(Parts parts) : p_(parts) {
  for (std::string& account : p_.quotas.accounts()) {
    states_.emplace_back().account = std::move(account);
  }
}

std::uint64_t QuotaKeeper::used(const State& state) const {
  const Totals totals = p_.db.totals(state.account);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, totals.content) +
                                    std::max<std::int64_t>(0, totals.entries) *
                                        static_cast<std::int64_t>(kEntryOverhead));
}

bool QuotaKeeper::fits(std::size_t quota, std::uint64_t bytes, std::uint64_t limit, bool take) {
  State& state = states_[quota];
  const std::lock_guard lock(state.mutex);
  const bool fits = used(state) + state.reserved + bytes <= limit;
  state.reserved += fits && take ? bytes : 0;
  return fits;
}

QuotaKeeper::Reservation::~Reservation() {
  if (quota_) {
    State& state = keeper_.states_[*quota_];
    const std::lock_guard lock(state.mutex);
    state.reserved -= bytes_;
  }
}

Result<void> QuotaKeeper::Reservation::take(const EntryKey& key, std::uint64_t size) {
  const auto quota = keeper_.p_.quotas.of(key);
  if (!quota) {
    return {};
  }
  const Quota& rule = keeper_.p_.quotas.quotas()[*quota];
  const std::uint64_t bytes = size + kEntryOverhead;
  if (bytes < size || bytes > rule.max_bytes) {
    return fail(Errc::too_large, "store " + format_size(size) + ": larger than the quota of " +
                                     rule.of.text() + " (" + format_size(rule.max_bytes) +
                                     "); raise it in cache.quotas");
  }
  // As for the whole cache: down to the low-water mark, but not for a large blob.
  const std::uint64_t low = rule.max_bytes / 10 * 9;
  const std::uint64_t goal = bytes <= low / 2 ? low : rule.max_bytes;
  bool taken = keeper_.fits(*quota, bytes, rule.max_bytes, true);
  if (!taken) {
    const std::lock_guard lock(keeper_.states_[*quota].evicting);
    taken = keeper_.fits(*quota, bytes, rule.max_bytes, true);
    if (!taken) {
      FABRIK_CHECK(keeper_.evict(*quota, [&] { return keeper_.fits(*quota, bytes, goal, false); }));
      taken = keeper_.fits(*quota, bytes, rule.max_bytes, true);
    }
  }
  if (!taken) {
    return fail(Errc::no_space, "store " + format_size(size) + ": the quota of " + rule.of.text() +
                                    " is full, and nothing in it may be evicted now");
  }
  quota_ = quota;
  bytes_ = bytes;
  return {};
}

Result<void> QuotaKeeper::evict(std::size_t quota, const std::function<bool()>& enough) {
  std::optional<QuotaIndex::Place> last;
  // Whoever was used meanwhile moves towards the end and is met again there: the
  // entries are gone through once, and what moved a second time.
  std::int64_t left = 2 * p_.db.totals(states_[quota].account).entries + std::int64_t{kPage};
  while (left > 0 && !enough()) {
    std::vector<QuotaIndex::Place> page;
    FABRIK_CHECK(p_.quotas.in_order(p_.db.enter(), quota, last ? &*last : nullptr,
                                    [&page](QuotaIndex::Place place) {
                                      page.push_back(std::move(place));
                                      return page.size() < kPage;
                                    }));
    if (page.empty()) {
      return {};
    }
    for (const QuotaIndex::Place& candidate : page) {
      if (enough()) {
        return {};
      }
      FABRIK_TRY(const bool gone, evict_one(candidate));
      states_[quota].evicted += gone ? 1 : 0;
      --left;
    }
    last = std::move(page.back());
  }
  return {};
}

Result<bool> QuotaKeeper::evict_one(const QuotaIndex::Place& candidate) {
  FABRIK_TRY(const auto info, p_.entries.stored(candidate.entry));
  if (info) {
    FABRIK_CHECK(p_.usage.settle(info->blob.digest));
  }
  FABRIK_TRY(const auto outcome, p_.entries.evict(candidate));
  if (outcome != EntryIndex::Eviction::gone) {
    return false;
  }
  if (info) {
    FABRIK_CHECK(p_.blobs.remove_unnamed(info->blob.digest));
  }
  return true;
}

std::vector<QuotaStats> QuotaKeeper::stats() const {
  std::vector<QuotaStats> all;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const Quota& quota = p_.quotas.quotas()[i];
    const std::int64_t entries = p_.db.totals(states_[i].account).entries;
    all.push_back({.name = quota.of.text(),
                   .max_bytes = quota.max_bytes,
                   .bytes = used(states_[i]),
                   .entries = static_cast<std::uint64_t>(std::max<std::int64_t>(0, entries)),
                   .evicted_entries = states_[i].evicted.load()});
  }
  return all;
}

}  // namespace fabrik::cache
