#include "daemon/revoke.hpp"

#include <unordered_map>

#include "statefs/audit_trail.hpp"

namespace fabrik::daemon {
namespace {

constexpr std::size_t kPage = 1000;
constexpr std::size_t kExamples = 20;

using Blobs = std::unordered_map<Digest, std::uint64_t>;  // digest to size

// What the writer stored by digest and nobody else did.
Blobs blobs_of(const std::filesystem::path& log_dir, const RevokeOrder& order) {
  const std::string since = statefs::audit_time(order.since);
  Blobs mine;
  std::vector<Digest> shared;
  statefs::read_audit(log_dir, {}, [&](const statefs::AuditRecord& record) {
    const Result<Digest> digest = Digest::from_hex(record.digest);
    if (!digest) {
      return;
    }
    if (record.writer != order.writer || record.time < since) {
      shared.push_back(*digest);
    } else if (record.space == name(cache::Space::cas)) {
      mine.emplace(*digest, record.size);
    }
  });
  for (const Digest& digest : shared) {
    mine.erase(digest);
  }
  return mine;
}

void note(Revoked& done, std::string_view space, std::string_view key, std::uint64_t size) {
  done.bytes += size;
  if (done.examples.size() < kExamples) {
    done.examples.push_back(std::string(space) + " " + std::string(key));
  }
}

}  // namespace

Result<Revoked> revoke(cache::Store& store, const std::filesystem::path& log_dir,
                       const RevokeOrder& order) {
  Revoked done;
  Blobs blobs = blobs_of(log_dir, order);
  std::optional<cache::EntryKey> from;
  do {
    FABRIK_TRY(cache::EntryPage page, store.list(from ? &*from : nullptr, kPage));
    for (const auto& [key, info] : page.entries) {
      if (info.meta.writer != order.writer || info.created < order.since) {
        blobs.erase(info.blob.digest);
        continue;
      }
      if (!order.dry_run) {
        FABRIK_CHECK(store.erase(key));
      }
      if (key.space == cache::Space::cas) {
        continue;  // the name of a blob, which counts below
      }
      ++done.entries;
      note(done, name(key.space), key.key, info.blob.size);
    }
    from = std::move(page.next);
  } while (from);
  for (const auto& [digest, size] : blobs) {
    // Gone already counts as nothing.
    FABRIK_TRY(const auto missing, store.missing({&digest, 1}));
    if (!missing.empty()) {
      continue;
    }
    if (!order.dry_run) {
      FABRIK_CHECK(store.erase(digest));
    }
    ++done.blobs;
    note(done, name(cache::Space::cas), digest.hex(), size);
  }
  return done;
}

}  // namespace fabrik::daemon
