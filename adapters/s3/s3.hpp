// Amazon S3, path style, below /s3: what sccache stores its objects in, and other
// S3 clients too.
// Source: Amazon S3 API Reference, and what sccache 0.16.0 and 0.17.0, boto3 and
// s3cmd were seen to send and to survive.
#pragma once

#include "adapters/s3/buckets.hpp"
#include "adapters/s3/gate.hpp"
#include "adapters/s3/objects.hpp"
#include "adapters/s3/uploads.hpp"

namespace fabrik::adapters {

// sccache fails a compilation when its server's first question (for the object
// `.sccache_check`) is answered with 403 or 500: that one is answered from memory.
// Faults are misses, and writes that are accepted and dropped; a request that
// could lose what a client counts on gets 503 SlowDown. An object in a bucket that
// nobody has heard of is a missing object (NoSuchKey), never a missing bucket.
class S3Adapter final : public net::HttpAdapter {
 public:
  S3Adapter(S3Parts parts, const config::SccacheConfig& config, const Clock& clock)
      : log_(parts.log),
        gate_(config, clock, parts.log),
        objects_(parts),
        uploads_(parts),
        buckets_(parts) {}

  std::string_view name() const override { return "sccache"; }
  bool claims(const net::Request& request) const override;
  net::Task<void> handle(net::HttpExchange& exchange) override;

 private:
  net::Task<Answer> decide(net::HttpExchange& exchange);
  net::Task<Answer> perform(const S3Call& call);
  net::Task<Answer> check(const S3Call& call);

  Log& log_;
  S3Gate gate_;
  S3Objects objects_;
  S3Uploads uploads_;
  S3Buckets buckets_;
};

}  // namespace fabrik::adapters
