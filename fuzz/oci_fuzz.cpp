// OCI paths, names, digests, upload ranges and manifests. The first byte says which.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/oci/manifest.hpp"
#include "adapters/oci/names.hpp"
#include "adapters/oci/routes.hpp"

namespace {

using namespace fabrik;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

// The target written as a path again.
std::string path_of(const adapters::OciTarget& target) {
  const std::string root = "/v2/" + target.repository;
  switch (target.route) {
    case adapters::OciRoute::blob:
      return root + "/blobs/" + target.reference;
    case adapters::OciRoute::uploads:
      return root + "/blobs/uploads/";
    case adapters::OciRoute::upload:
      return root + "/blobs/uploads/" + target.reference;
    case adapters::OciRoute::manifest:
      return root + "/manifests/" + target.reference;
    case adapters::OciRoute::tags:
      return root + "/tags/list";
    case adapters::OciRoute::referrers:
      return root + "/referrers/" + target.reference;
    default:
      return {};
  }
}

void fuzz_path(std::string_view path) {
  const adapters::OciTarget target = adapters::parse_oci_path(path);
  const std::string again = path_of(target);
  if (again.empty() || again.contains('%')) {
    return;
  }
  const adapters::OciTarget second = adapters::parse_oci_path(again);
  require(second.route == target.route && second.repository == target.repository &&
          second.reference == target.reference);
}

void fuzz_names(std::string_view text) {
  if (adapters::is_oci_repository(text)) {
    require(text.size() <= 255 && !text.contains("..") && !text.contains("//"));
    // No name may end inside another one's keys or leave its path.
    const auto target = adapters::parse_oci_path("/v2/" + std::string(text) + "/tags/list");
    require(target.route == adapters::OciRoute::tags && target.repository == text);
  }
  if (adapters::is_oci_tag(text)) {
    require(text.size() <= 128 && !text.contains('/') && !adapters::parse_oci_digest(text));
  }
  if (const auto digest = adapters::parse_oci_digest(text)) {
    require(adapters::oci_digest(*digest) == text);
  }
}

void fuzz_range(std::string_view text) {
  if (const auto range = adapters::parse_upload_range(text)) {
    require(range->first <= range->last);
  }
}

void fuzz_manifest(std::string_view text) {
  const auto manifest = adapters::parse_oci_manifest(text);
  if (!manifest) {
    require(!manifest.error().message.empty());
    return;
  }
  require(manifest->index || manifest->manifests.empty());
  // What we make of it can be read as an index again.
  const auto list = adapters::parse_oci_manifest(
      adapters::oci_referrers_json({{.manifest = {.digest = {}, .size = text.size()},
                                     .type = std::string(adapters::kOciManifestType),
                                     .artifact_type = manifest->artifact_type,
                                     .annotations = manifest->annotations}}));
  require(list && list->index && list->manifests.size() == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      fuzz_path(text);
      break;
    case 1:
      fuzz_names(text);
      break;
    case 2:
      fuzz_range(text);
      break;
    default:
      fuzz_manifest(text);
  }
  return 0;
}
