// Blobs of a repository: GET with ranges, HEAD, DELETE, and mounting one that
// another repository has. Source: distribution-spec 1.1, "Pulling blobs", "Mounting
// a blob from another repository", "Deleting blobs".
#pragma once

#include <string>

#include "adapters/oci/entries.hpp"
#include "adapters/shared/answer.hpp"

namespace fabrik::adapters {

// What they stand for, for Location and the digest headers.
std::string oci_blob_path(std::string_view repository, const Digest& digest);

// Thread-safe; arguments stay alive until the await ends.
class OciBlobs {
 public:
  explicit OciBlobs(OciEntries& entries) : entries_(entries) {}

  // GET, HEAD and DELETE of /v2/<repository>/blobs/<reference>.
  net::Task<Answer> handle(const net::Request& request, const std::string& repository,
                           const std::string& reference);
  // A blob that is in the store belongs to `repository` now. False: it is gone.
  net::Task<bool> add(const std::string& repository, const cache::BlobRef& blob,
                      const net::Request& request);
  // 201, or nullopt: nobody has it (`from` empty: whoever has it), upload it.
  net::Task<std::optional<Answer>> mount(const net::Request& request, const std::string& repository,
                                         const Digest& digest, const std::string& from);

 private:
  net::Task<Answer> get(const net::Request& request, const std::string& repository,
                        const Digest& digest);
  net::Task<Answer> head(const std::string& repository, const Digest& digest);

  OciEntries& entries_;
};

// 201 for a blob that the repository has now.
Answer oci_blob_created(std::string_view repository, const Digest& digest);

}  // namespace fabrik::adapters
