// Uploading blobs: POST with everything, POST then PUT, POST then PATCH (in pieces,
// with a length or chunked) then PUT. Source: distribution-spec 1.1, "Pushing
// blobs"; which style which client uses is in docs/buildkit.md.
#pragma once

#include <string>

#include "adapters/oci/blobs.hpp"
#include "adapters/oci/sessions.hpp"
#include "base/clock.hpp"
#include "cache/content_api.hpp"

namespace fabrik::adapters {

// A blob there is no room for is accepted and dropped. Clients end with an error at
// any other answer, which for a build cache is a failed build; the manifest that
// comes last decides (OciManifests): a cache without its blobs is a miss, an image
// without its layers is refused.
//
// Thread-safe; arguments stay alive until the await ends.
class OciUploads {
 public:
  OciUploads(cache::ContentApi& content, OciBlobs& blobs, const Clock& clock, Log& log,
             OciSessionLimits limits = {})
      : content_(content), blobs_(blobs), log_(log), sessions_(clock, limits) {}

  // POST /v2/<repository>/blobs/uploads/
  net::Task<Answer> start(net::HttpExchange& exchange, const std::string& repository);
  // GET, PATCH, PUT and DELETE of /v2/<repository>/blobs/uploads/<id>.
  net::Task<Answer> handle(net::HttpExchange& exchange, const std::string& repository,
                           const std::string& id);

 private:
  struct Place {  // of one request
    net::HttpExchange& exchange;
    const std::string& repository;
    std::string id;  // empty: an upload of a single request
  };

  net::Task<Answer> open_session(const std::string& repository);
  net::Task<Answer> patch(const Place& place, OciSession& session);
  net::Task<Answer> put(const Place& place, OciSession& session);
  // Appends the request's body. An answer when that failed.
  net::Task<std::optional<Answer>> receive(const Place& place, OciSession& session);
  net::Task<void> append(OciSession& session, Bytes data, std::uint64_t size_hint);
  net::Task<Answer> finish(const Place& place, OciSession& session, const Digest& digest);
  void drop(OciSession& session, const Error& error);

  cache::ContentApi& content_;
  OciBlobs& blobs_;
  Log& log_;
  OciSessions sessions_;
};

}  // namespace fabrik::adapters
