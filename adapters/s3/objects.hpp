// Whole objects: get, head, put, copy, delete.
#pragma once

#include <string>

#include "adapters/s3/body.hpp"
#include "adapters/s3/http_conditions.hpp"
#include "adapters/s3/target.hpp"
#include "adapters/shared/transfer.hpp"
#include "cache/content_api.hpp"

namespace fabrik::adapters {

// One request. All of it outlives the answering of it.
struct S3Call {
  net::HttpExchange& exchange;
  const S3Target& target;
  const std::optional<auth::SigV4Proof>& proof;

  const net::Request& request() const { return exchange.request(); }
};

// What the parts of the S3 adapter work with; outlives them.
struct S3Parts {
  cache::CacheApi& cache;
  cache::ContentApi& content;
  Log& log;
};

cache::EntryKey object_key(const S3Target& target);

// With quotes: the first half of the SHA-256, and "-1". S3 promises no meaning of a
// tag with a dash (it is that of uploads in parts), so clients do not take it for
// the MD5 that we would have to compute on top of the SHA-256.
std::string etag_of(const cache::BlobRef& blob);
Validators validators_of(const cache::EntryInfo& info);

// The headers that are kept with an object and come back with it: content type and
// its like, x-amz-meta-*, checksums. metadata_too_large over 8 KiB.
S3Result<StoredHeaders> object_headers(const net::Request& request);

// A write that was refused by its body, or thrown away where that must be told.
Answer write_failure(const S3Call& call, Upload upload, const S3Error& body_error);

class S3Objects {
 public:
  explicit S3Objects(S3Parts parts) : parts_(parts), transfer_(parts.cache, parts.log, "sccache") {}

  net::Task<Answer> get(const S3Call& call);
  net::Task<Answer> head(const S3Call& call);
  // A write for which there is no room is acknowledged and dropped: sccache counts
  // anything else as an error of the cache.
  net::Task<Answer> put(const S3Call& call);
  net::Task<Answer> copy(const S3Call& call);
  net::Task<Answer> remove(const S3Call& call);

 private:
  S3Parts parts_;
  Transfer transfer_;
};

}  // namespace fabrik::adapters
