#include "cache/evictor.hpp"

#include <algorithm>

namespace fabrik::cache {
namespace {

constexpr std::size_t kPage = 64;

}  // namespace

Result<std::vector<OrderKey>> Evictor::page(std::uint64_t from, const OrderKey* after) const {
  std::vector<OrderKey> candidates;
  FABRIK_CHECK(blobs_.in_order(after == nullptr ? from : after->order, [&](const OrderKey& place) {
    const bool seen =
        after != nullptr && place.order == after->order && place.digest <= after->digest;
    if (!seen) {
      candidates.push_back(place);
    }
    return candidates.size() < kPage;
  }));
  return candidates;
}

Result<Evictor::Verdict> Evictor::consider(const OrderKey& candidate,
                                           const std::function<bool(const BlobRecord&)>& may_go) {
  FABRIK_TRY(const bool used, usage_.settle(candidate.digest));
  if (used) {
    return Verdict::moved;
  }
  FABRIK_TRY(const auto record, blobs_.stored(candidate.digest));
  if (!record || record->order != candidate.order) {
    FABRIK_CHECK(blobs_.forget_place(candidate));
    return Verdict::moved;
  }
  if (!may_go(*record)) {
    return Verdict::kept;
  }
  // Asked again under the blob's lock: somebody may have leased it since.
  bool leased = false;
  bool in_place = false;
  const auto ask_again = [&](const BlobRecord* now) {
    in_place = now != nullptr && now->order == candidate.order;
    leased = now != nullptr && now->leased_until_ms > to_unix_ms(clock_.now());
    return in_place && may_go(*now);
  };
  FABRIK_TRY(const auto freed, blobs_.remove(candidate.digest, ask_again));
  if (!freed) {
    return in_place ? Verdict::kept : Verdict::moved;
  }
  ++evicted_blobs_;
  evicted_bytes_ += *freed;
  evicted_while_referenced_ += leased ? 1 : 0;
  return Verdict::gone;
}

void Evictor::walk(const std::function<bool()>& enough,
                   const std::function<bool(const BlobRecord&)>& may_go) {
  const std::uint64_t from = blobs_.cursor().begin_scan();
  std::uint64_t first_left = UINT64_MAX;  // the first place that is still taken
  std::optional<OrderKey> last;
  while (!enough()) {
    const auto candidates = page(from, last ? &*last : nullptr);
    if (!candidates || candidates->empty()) {
      break;
    }
    for (const OrderKey& candidate : *candidates) {
      if (enough()) {
        break;
      }
      const auto verdict = consider(candidate, may_go);
      if (!verdict) {
        log_.warn("eviction stopped", {{"reason", verdict.error().message}});
        return;  // the cursor stays where it was
      }
      if (*verdict == Verdict::kept) {
        first_left = std::min(first_left, candidate.order);
      }
      last = candidate;
    }
  }
  // Nothing before `last` is left but what was kept.
  blobs_.cursor().end_scan(std::min(first_left, last ? last->order : from));
}

void Evictor::evict(const std::function<bool()>& enough) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = to_unix_ms(clock_.now());
  walk(enough, [now](const BlobRecord& record) { return record.leased_until_ms <= now; });
}

void Evictor::evict_expired(const std::function<bool()>& stop) {
  const std::lock_guard lock(mutex_);
  bool reached_live = false;
  walk([&] { return reached_live || stop(); },
       [&](const BlobRecord& record) {
         reached_live = !blobs_.is_expired(record.created_ms);
         return !reached_live && record.leased_until_ms <= to_unix_ms(clock_.now());
       });
}

}  // namespace fabrik::cache
