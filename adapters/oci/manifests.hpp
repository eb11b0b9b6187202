// Manifests, by tag and by digest. Source: distribution-spec 1.1, "Pulling
// manifests", "Pushing manifests", "Deleting manifests" and tags; the types that
// BuildKit's cache exporter writes.
#pragma once

#include <optional>
#include <string>

#include "adapters/oci/entries.hpp"
#include "adapters/oci/manifest.hpp"
#include "adapters/shared/answer.hpp"

namespace fabrik::adapters {

// Pushing and pulling a manifest leases what it names.
//
// An image is refused when the repository lacks one of its blobs, and served only
// while it has them all. BuildKit ends a build when a layer that its cache promised
// is gone or broken, and starts cold when the cache's manifest is: so a cache is
// always accepted, and served only while every blob of it is there and sound. Any
// other index is accepted and served as it is.
//
// Thread-safe; arguments stay alive until the await ends.
class OciManifests {
 public:
  OciManifests(OciEntries& entries, cache::ContentApi& content, Log& log)
      : entries_(entries), content_(content), log_(log) {}

  // GET, HEAD, PUT and DELETE of /v2/<repository>/manifests/<reference>.
  net::Task<Answer> handle(net::HttpExchange& exchange, const std::string& repository,
                           const std::string& reference);

 private:
  struct Stored {
    cache::EntryInfo info;
    std::string text;
  };

  struct Push {
    const net::Request& request;
    const std::string& repository;
    const std::string& reference;
    const std::string& text;
    const std::string& type;
    const OciManifest& manifest;
    cache::BlobRef blob;
  };

  net::Task<Answer> get(const std::string& repository, const std::string& reference,
                        bool head_only);
  net::Task<Answer> put(net::HttpExchange& exchange, const std::string& repository,
                        const std::string& reference);
  net::Task<Answer> erase(const std::string& repository, const std::string& reference);

  net::Task<std::optional<Stored>> read(const cache::EntryKey& key);
  net::Task<void> lease(const std::vector<cache::BlobRef>& blobs);
  // Whether it may be served. Leases what it names.
  net::Task<bool> is_whole(const std::string& repository, const OciManifest& manifest);
  net::Task<bool> is_sound(const std::vector<cache::BlobRef>& blobs);
  // Stores the bytes and all entries that point at them.
  net::Task<bool> store(const Push& push);
  net::Task<bool> store_bytes(const cache::BlobRef& blob, const std::string& text);

  OciEntries& entries_;
  cache::ContentApi& content_;
  Log& log_;
};

// The manifest's bytes; nullopt: not there, damaged, or larger than any we accept.
net::Task<std::optional<std::string>> read_oci_manifest(cache::EntryReader& reader);

}  // namespace fabrik::adapters
