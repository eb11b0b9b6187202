// What the registry remembers, as entries of the cache: per repository which
// blobs and manifests it has, where its tags point, and which manifests name
// another one as their subject. The bytes are blobs, shared with every protocol.
//
// An entry goes away together with its blob, so whatever was evicted or found
// damaged is a miss here, never a dangling name.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "cache/cache_api.hpp"
#include "cache/content_api.hpp"
#include "net/task.hpp"

namespace fabrik::adapters {

cache::EntryKey oci_blob_key(std::string_view repository, const Digest& digest);
cache::EntryKey oci_manifest_key(std::string_view repository, const Digest& digest);
cache::EntryKey oci_tag_key(std::string_view repository, std::string_view tag);
cache::EntryKey oci_referrer_key(std::string_view repository, const Digest& subject,
                                 const Digest& manifest);
// That some repository has the blob, for mounts that do not say which.
cache::EntryKey oci_shared_blob_key(const Digest& digest);

// What stands behind the prefix in a key, and the blob it points at.
struct OciName {
  std::string name;
  cache::BlobRef blob;
};

// Where to go on with a list: `after` is the last name of the page before.
struct OciPage {
  std::string after;
  std::size_t limit = 0;
};

// Holds no state. Thread-safe. A fault of the cache is logged and is a miss; its
// exceptions pass through. Arguments stay alive until the await ends.
class OciEntries {
 public:
  OciEntries(cache::CacheApi& cache, cache::ContentApi& content, Log& log)
      : cache_(cache), content_(content), log_(log) {}

  net::Task<std::optional<cache::EntryInfo>> stat(const cache::EntryKey& key);
  // nullptr: a miss.
  net::Task<std::unique_ptr<cache::EntryReader>> open(const cache::EntryKey& key);
  // Whether the entry is there now; the blob may be gone.
  net::Task<bool> link(const cache::EntryKey& key, const cache::BlobRef& blob,
                       cache::EntryMeta meta);
  net::Task<bool> erase(const cache::EntryKey& key);
  // Those of `blobs` that this repository does not have. All others are leased.
  net::Task<std::vector<cache::BlobRef>> absent(const std::string& repository,
                                                const std::vector<cache::BlobRef>& blobs);
  // In the order of their bytes.
  net::Task<std::vector<OciName>> names(const std::string& repository, std::string prefix,
                                        OciPage page);
  net::Task<std::vector<std::string>> repositories(OciPage page);

 private:
  void log_fault(std::string_view step, const cache::EntryKey& key, const Error& error) const;

  cache::CacheApi& cache_;
  cache::ContentApi& content_;
  Log& log_;
};

inline constexpr std::string_view kOciTagPrefix = "tag:";
std::string oci_referrer_prefix(const Digest& subject);

}  // namespace fabrik::adapters
