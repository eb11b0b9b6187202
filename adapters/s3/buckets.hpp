// Buckets: they need not be made, come into being with their first object, and are
// empty when nobody knows them.
#pragma once

#include "adapters/s3/objects.hpp"

namespace fabrik::adapters {

class S3Buckets {
 public:
  explicit S3Buckets(S3Parts parts) : parts_(parts), transfer_(parts.cache, parts.log, "sccache") {}

  // Every one is there: unknown ones answer like empty ones, because sccache takes
  // a missing bucket for a broken configuration.
  net::Task<Answer> head(const S3Call& call);
  net::Task<Answer> create(const S3Call& call);
  net::Task<Answer> remove(const S3Call& call);  // BucketNotEmpty when it is not
  net::Task<Answer> location(const S3Call& call);
  net::Task<Answer> versioning(const S3Call& call);
  net::Task<Answer> list_all(const S3Call& call);
  // ListObjects of both versions; `second`: ListObjectsV2.
  net::Task<Answer> list_objects(const S3Call& call, bool second);
  net::Task<Answer> delete_objects(const S3Call& call);

 private:
  S3Parts parts_;
  Transfer transfer_;
};

}  // namespace fabrik::adapters
