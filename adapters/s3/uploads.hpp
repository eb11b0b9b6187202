// Objects that arrive in parts.
// Source: Amazon S3 API Reference, CreateMultipartUpload and its like.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/s3/objects.hpp"

namespace fabrik::adapters {

// An upload and its parts are entries of a namespace that no bucket can have, so
// they survive a restart of the worker. Completing one reads its parts one after
// another into the object; nothing is ever held in memory as a whole. Abandoned
// uploads go as everything that nobody uses: by eviction.
class S3Uploads {
 public:
  explicit S3Uploads(S3Parts parts) : parts_(parts), transfer_(parts.cache, parts.log, "sccache") {}

  net::Task<Answer> create(const S3Call& call);
  // A part for which there is no room is refused (SlowDown): completing without it
  // would store another object than was sent.
  net::Task<Answer> put_part(const S3Call& call);
  net::Task<Answer> copy_part(const S3Call& call);
  net::Task<Answer> complete(const S3Call& call);
  net::Task<Answer> abort(const S3Call& call);
  net::Task<Answer> list_parts(const S3Call& call);
  net::Task<Answer> list_uploads(const S3Call& call);

 private:
  struct Part {
    unsigned number = 0;
    cache::EntryInfo info;
  };
  // What create() wrote; nullopt: no such upload of this object.
  net::Task<std::optional<cache::EntryInfo>> find(const S3Call& call, const std::string& id);
  net::Task<Result<std::vector<Part>>> parts_of(const S3Call& call, const std::string& id,
                                                unsigned after, std::size_t max);
  // Every part that the request names, in its order.
  net::Task<S3Result<std::vector<Part>>> chosen_parts(const S3Call& call, const std::string& id);
  net::Task<Upload> join(const S3Call& call, const std::string& id, const std::vector<Part>& parts,
                         cache::EntryMeta meta);
  net::Task<void> forget(const S3Call& call, const std::string& id);

  S3Parts parts_;
  Transfer transfer_;
};

}  // namespace fabrik::adapters
