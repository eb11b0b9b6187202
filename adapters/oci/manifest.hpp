// What the registry has to know of a manifest or an index. Sources: image-spec
// 1.1 (image manifest, image index), Docker's schema 2 types, BuildKit 0.13 to
// 0.32 (its cache manifests). Pure functions over bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cache/entry.hpp"

namespace fabrik::adapters {

inline constexpr std::string_view kOciManifestType = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndexType = "application/vnd.oci.image.index.v1+json";

struct OciManifest {
  std::string type;           // mediaType; may be empty
  std::string artifact_type;  // artifactType, else the type of its config; may be empty
  std::string annotations;    // a JSON object, or empty
  std::optional<Digest> subject;
  bool index = false;           // lists manifests, and in BuildKit's caches blobs
  bool buildkit_cache = false;  // a build cache in one of its two shapes
  // Config and layers, and the children of an index that are not manifests. Layers
  // that are to be fetched from elsewhere are left out.
  std::vector<cache::BlobRef> blobs;
  std::vector<cache::BlobRef> manifests;  // the other children of an index
};

// invalid_argument: not JSON, neither shape or both at once (which clients would
// read differently), a descriptor without a SHA-256 digest or size.
Result<OciManifest> parse_oci_manifest(std::string_view text);

// One line of a referrers list.
struct OciReferrer {
  cache::BlobRef manifest;
  std::string type;
  std::string artifact_type;
  std::string annotations;  // as in OciManifest
};

std::string oci_referrers_json(const std::vector<OciReferrer>& referrers);
std::string oci_tags_json(std::string_view repository, const std::vector<std::string>& tags);
std::string oci_catalog_json(const std::vector<std::string>& repositories);

}  // namespace fabrik::adapters
