// An OCI registry, for BuildKit's caches and for images and artefacts.
// Source: distribution-spec 1.1; what BuildKit (dockerd 26.1), skopeo 1.9, buildah
// 1.28, oras 1.2 and crane 0.20 were seen to send and to survive.
#pragma once

#include "adapters/oci/blobs.hpp"
#include "adapters/oci/entries.hpp"
#include "adapters/oci/lists.hpp"
#include "adapters/oci/manifests.hpp"
#include "adapters/oci/routes.hpp"
#include "adapters/oci/uploads.hpp"
#include "base/clock.hpp"

namespace fabrik::adapters {

// Everything under /v2. A fault is a miss for who reads; who writes is told to try
// again (503), because a lost image is worse than a failed push.
class OciAdapter final : public net::HttpAdapter {
 public:
  OciAdapter(cache::CacheApi& cache, cache::ContentApi& content, Log& log)
      : log_(log),
        entries_(cache, content, log),
        blobs_(entries_),
        uploads_(content, blobs_, clock_, log),
        manifests_(entries_, content, log),
        lists_(entries_) {}

  std::string_view name() const override { return "buildkit"; }
  bool claims(const net::Request& request) const override { return is_oci_path(request.path); }
  net::Task<void> handle(net::HttpExchange& exchange) override;

 private:
  net::Task<Answer> decide(net::HttpExchange& exchange);
  net::Task<Answer> decide_in_repository(net::HttpExchange& exchange, const OciTarget& target);

  Log& log_;
  SystemClock clock_;
  OciEntries entries_;
  OciBlobs blobs_;
  OciUploads uploads_;
  OciManifests manifests_;
  OciLists lists_;
};

}  // namespace fabrik::adapters
