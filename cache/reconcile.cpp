#include "cache/reconcile.hpp"

#include <map>

#include "cache/paged_scan.hpp"

namespace fabrik::cache {
namespace {

Result<void> check_files(const ReconcileParts& parts, const std::stop_token& stop) {
  Result<void> outcome;
  std::int64_t removed = 0;
  parts.files.for_each([&](const Digest& digest) {
    const auto record = parts.blobs.stored(digest);
    if (!record) {
      outcome = fail(record.error());
    } else if (!*record) {
      outcome = parts.blobs.remove_stray_file(digest);
      ++removed;
    }
    return outcome && !stop.stop_requested();
  });
  if (removed > 0) {
    parts.log.info("removed files that belong to no blob", {{"files", removed}});
  }
  return outcome;
}

Result<void> check_blobs(const ReconcileParts& parts, const std::stop_token& stop) {
  return for_each_in(
      parts.db, Family::blobs, stop,
      [&](const std::string& key, const std::string& value) -> Result<void> {
        const auto digest = decode_digest(key);
        const auto record = decode_blob(value);
        if (!digest) {
          return {};
        }
        if (!record || (!record->is_inline() && !parts.files.has(*digest, record->stored))) {
          FABRIK_CHECK(parts.blobs.remove(*digest, [&](const BlobRecord* now) {
            return now == nullptr || (!now->is_inline() && !parts.files.has(*digest, now->stored));
          }));
          return {};
        }
        return parts.blobs.restore_place(*digest);
      });
}

Result<void> check_entries(const ReconcileParts& parts, const std::stop_token& stop) {
  return for_each_in(parts.db, Family::entries, stop,
                     [&](const std::string& key, const std::string& value) -> Result<void> {
                       const auto name = decode_entry_key(key);
                       const auto info = decode_entry(value);
                       if (!name || !info) {
                         return {};
                       }
                       FABRIK_TRY(const auto record, parts.blobs.stored(info->blob.digest));
                       if (!record) {
                         FABRIK_CHECK(parts.entries.erase_dangling(*name));
                         return {};
                       }
                       return parts.entries.restore_place(*name);
                     });
}

// What is missing in the sums, by account; the totals under the empty name.
using Drift = std::map<std::string, Totals>;

// In one frozen session: the difference between what is there and what the
// totals said at that same moment stays right however both move on.
Result<Drift> drift(const ReconcileParts& parts, const std::stop_token& stop) {
  auto session = parts.db.enter();
  session.freeze();
  FABRIK_TRY(const Totals said, session.frozen_totals());
  Drift drift{{"", -said}};
  const auto accounts = parts.quotas.accounts();
  for (const std::string& account : accounts) {
    FABRIK_TRY(const Totals sum, session.frozen_totals(account));
    drift[account] = -sum;
  }
  Totals& totals = drift[""];
  FABRIK_CHECK(session.scan(Family::blobs, "", [&](std::string_view, std::string_view value) {
    if (const auto record = decode_blob(value)) {
      totals += {.bytes = static_cast<std::int64_t>(record->stored),
                 .content = static_cast<std::int64_t>(record->size),
                 .blobs = 1};
    }
    return !stop.stop_requested();
  }));
  FABRIK_CHECK(session.scan(Family::entries, "", [&](std::string_view key, std::string_view value) {
    totals += {.entries = 1};
    if (const auto quota = parts.quotas.of(key)) {
      const auto info = decode_entry(value);
      drift[accounts[*quota]] +=
          {.content = static_cast<std::int64_t>(info ? info->blob.size : 0), .entries = 1};
    }
    return !stop.stop_requested();
  }));
  return drift;
}

Result<void> correct(const ReconcileParts& parts, const Drift& drift) {
  const auto session = parts.db.enter();
  auto batch = session.batch();
  bool needed = false;
  for (const auto& [account, difference] : drift) {
    if (difference == Totals{}) {
      continue;
    }
    parts.log.info("corrected the cache's totals", {{"of", account.empty() ? "all" : account},
                                                    {"bytes", difference.bytes},
                                                    {"blobs", difference.blobs},
                                                    {"entries", difference.entries}});
    if (account.empty()) {
      batch.add(difference);
    } else {
      batch.add(difference, account);
    }
    needed = true;
  }
  return needed ? session.write(std::move(batch)) : Result<void>{};
}

}  // namespace

Result<void> reconcile(const ReconcileParts& parts, const std::stop_token& stop) {
  FABRIK_CHECK(check_files(parts, stop));
  FABRIK_CHECK(check_blobs(parts, stop));
  FABRIK_CHECK(check_entries(parts, stop));
  FABRIK_TRY(const Drift difference, drift(parts, stop));
  return stop.stop_requested() ? Result<void>{} : correct(parts, difference);
}

}  // namespace fabrik::cache
