#include "adapters/oci/entries.hpp"

#include <algorithm>

namespace fabrik::adapters {
namespace {

constexpr std::size_t kPage = 1000;  // entries per question to the store
constexpr char kAfter = '\x01';      // sorts before every character of a name

cache::EntryKey make_key(std::string_view repository, std::string key) {
  return {cache::Space::oci, std::string(repository), std::move(key)};
}

}  // namespace

cache::EntryKey oci_blob_key(std::string_view repository, const Digest& digest) {
  return make_key(repository, "blob:" + digest.hex());
}
cache::EntryKey oci_manifest_key(std::string_view repository, const Digest& digest) {
  return make_key(repository, "manifest:" + digest.hex());
}
cache::EntryKey oci_tag_key(std::string_view repository, std::string_view tag) {
  return make_key(repository, std::string(kOciTagPrefix) + std::string(tag));
}
std::string oci_referrer_prefix(const Digest& subject) {
  return "referrer:" + subject.hex() + ":";
}
cache::EntryKey oci_referrer_key(std::string_view repository, const Digest& subject,
                                 const Digest& manifest) {
  return make_key(repository, oci_referrer_prefix(subject) + manifest.hex());
}
cache::EntryKey oci_shared_blob_key(const Digest& digest) {
  return oci_blob_key("", digest);  // no repository is called ""
}

void OciEntries::log_fault(std::string_view step, const cache::EntryKey& key,
                           const Error& error) const {
  log_.warn("cache fault, treated as a miss", {{"adapter", "buildkit"},
                                               {"step", step},
                                               {"repository", key.ns},
                                               {"key", key.key},
                                               {"error", error.message}});
}

net::Task<std::optional<cache::EntryInfo>> OciEntries::stat(const cache::EntryKey& key) {
  Result<std::optional<cache::EntryInfo>> found = co_await cache_.stat(key);
  if (!found) {
    log_fault("look up", key, found.error());
    co_return std::nullopt;
  }
  co_return *std::move(found);
}

net::Task<std::unique_ptr<cache::EntryReader>> OciEntries::open(const cache::EntryKey& key) {
  // Clients check every digest themselves and go on with a range when a body is
  // cut. The first reading of a file by this worker still checks all of it.
  auto opened = co_await cache_.open(key, cache::Verify::while_reading);
  if (!opened) {
    log_fault("open", key, opened.error());
    co_return nullptr;
  }
  co_return *std::move(opened);
}

net::Task<bool> OciEntries::link(const cache::EntryKey& key, const cache::BlobRef& blob,
                                 cache::EntryMeta meta) {
  const auto linked = co_await content_.link(key, blob, std::move(meta), cache::IfExists::replace);
  if (!linked) {
    log_fault("store", key, linked.error());
  }
  co_return linked && *linked != cache::PutOutcome::dropped;
}

net::Task<bool> OciEntries::erase(const cache::EntryKey& key) {
  const Result<bool> erased = co_await cache_.erase(key);
  if (!erased) {
    log_fault("erase", key, erased.error());
  }
  co_return erased && *erased;
}

net::Task<std::vector<cache::BlobRef>> OciEntries::absent(
    const std::string& repository, const std::vector<cache::BlobRef>& blobs) {
  std::vector<cache::BlobRef> absent;
  std::vector<cache::BlobRef> present;
  for (const cache::BlobRef& blob : blobs) {
    const auto info = co_await stat(oci_blob_key(repository, blob.digest));
    (info && info->blob == blob ? present : absent).push_back(blob);
  }
  auto lost = co_await content_.missing(present);
  if (!lost) {
    log_.warn("cache fault, treated as a miss",
              {{"adapter", "buildkit"}, {"step", "lease"}, {"error", lost.error().message}});
    co_return blobs;
  }
  absent.insert(absent.end(), lost->begin(), lost->end());
  co_return absent;
}

net::Task<std::vector<OciName>> OciEntries::names(const std::string& repository, std::string prefix,
                                                  OciPage page) {
  std::vector<OciName> names;
  cache::EntryKey from = make_key(repository, prefix + page.after);
  if (!page.after.empty()) {
    from.key += kAfter;
  }
  while (names.size() < page.limit) {
    auto found = co_await content_.list(&from, std::min(kPage, page.limit - names.size()));
    if (!found) {
      log_fault("list", from, found.error());
      break;
    }
    for (const auto& [key, info] : found->entries) {
      if (key.space != from.space || key.ns != repository || !key.key.starts_with(prefix)) {
        co_return names;
      }
      names.push_back({.name = key.key.substr(prefix.size()), .blob = info.blob});
    }
    if (!found->next) {
      break;
    }
    from = *std::move(found->next);
  }
  co_return names;
}

net::Task<std::vector<std::string>> OciEntries::repositories(OciPage page) {
  std::vector<std::string> repositories;
  cache::EntryKey from = make_key(page.after + kAfter, "");
  while (repositories.size() < page.limit) {
    auto found = co_await content_.list(&from, 1);
    if (!found) {
      log_fault("list", from, found.error());
      break;
    }
    if (found->entries.empty() || found->entries.front().first.space != from.space) {
      break;
    }
    repositories.push_back(found->entries.front().first.ns);
    from = make_key(repositories.back() + kAfter, "");
  }
  co_return repositories;
}

}  // namespace fabrik::adapters
