// Lists of a registry: tags, repositories, and the manifests that refer to another
// one. Source: distribution-spec 1.1, "Listing tags", "Listing referrers";
// `_catalog` from the Docker registry.
#pragma once

#include <string>

#include "adapters/oci/entries.hpp"
#include "adapters/oci/manifest.hpp"
#include "adapters/shared/answer.hpp"

namespace fabrik::adapters {

// Long lists are given in pages, with a relative Link to the next one. Thread-safe;
// arguments stay alive until the await ends.
class OciLists {
 public:
  explicit OciLists(OciEntries& entries) : entries_(entries) {}

  net::Task<Answer> tags(const net::Request& request, const std::string& repository);
  net::Task<Answer> catalog(const net::Request& request);
  net::Task<Answer> referrers(const net::Request& request, const std::string& repository,
                              const std::string& reference);

 private:
  net::Task<bool> exists(const std::string& repository);
  net::Task<std::optional<OciReferrer>> describe(const std::string& repository,
                                                 const Digest& manifest);

  OciEntries& entries_;
};

}  // namespace fabrik::adapters
