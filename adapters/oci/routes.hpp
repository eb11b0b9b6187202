// Which endpoint of the OCI distribution protocol a path means. Source:
// distribution-spec 1.1, "Endpoints"; `_catalog` from the Docker registry. Pure
// functions over bytes.
#pragma once

#include <string>
#include <string_view>

namespace fabrik::adapters {

enum class OciRoute {
  unknown,
  ping,       // /v2/
  catalog,    // /v2/_catalog
  blob,       // /v2/<repository>/blobs/<reference>
  uploads,    // /v2/<repository>/blobs/uploads/
  upload,     // /v2/<repository>/blobs/uploads/<reference>
  manifest,   // /v2/<repository>/manifests/<reference>
  tags,       // /v2/<repository>/tags/list
  referrers,  // /v2/<repository>/referrers/<reference>
};

struct OciTarget {
  OciRoute route = OciRoute::unknown;
  std::string repository;  // as sent: is_oci_repository() has to be asked
  std::string reference;   // as sent, not empty where the route has one
};

// Whether the path is under /v2.
bool is_oci_path(std::string_view path);

// `path` is percent-decoded first, because some clients encode the ':' of a digest.
OciTarget parse_oci_path(std::string_view path);

}  // namespace fabrik::adapters
