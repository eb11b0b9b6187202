#include "adapters/oci/manifest.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "adapters/oci/names.hpp"

namespace fabrik::adapters {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kBuildkitCacheConfig = "application/vnd.buildkit.cacheconfig.v0";
constexpr std::array<std::string_view, 4> kManifestTypes = {
    kOciManifestType, kOciIndexType, "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json"};
// Annotations of a descriptor in a list stand four levels deep. Bodies of millions
// of brackets are not built up in memory.
constexpr int kMaxDepth = 8;

// Never throws, whatever bytes a client sent.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::unexpected<Error> invalid(std::string message) {
  return fail(Errc::invalid_argument, std::move(message));
}

struct Descriptor {
  cache::BlobRef ref;
  std::string type;
  bool elsewhere = false;
};

Result<Descriptor> parse_descriptor(const Json& json) {
  if (!json.is_object()) {
    return invalid("a descriptor is not an object");
  }
  const std::string text = text_of(json, "digest");
  const std::optional<Digest> digest = parse_oci_digest(text);
  const auto size = json.find("size");
  if (!digest) {
    return invalid("a descriptor's digest \"" + text + "\" is not a SHA-256");
  }
  if (size == json.end() || !size->is_number_unsigned()) {
    return invalid("the descriptor of " + text + " has no size");
  }
  Descriptor descriptor{.ref = {.digest = *digest, .size = size->get<std::uint64_t>()},
                        .type = text_of(json, "mediaType")};
  descriptor.elsewhere =
      descriptor.type.contains(".foreign.") || descriptor.type.contains(".nondistributable.");
  return descriptor;
}

class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  Result<OciManifest> read() && {
    const bool has_children = json_.contains("manifests");
    const bool has_layers = json_.contains("layers") || json_.contains("config");
    if (has_children == has_layers && !json_.contains("blobs")) {
      return invalid(has_layers ? "it is an image and an index at once"
                                : "it has neither layers nor manifests");
    }
    manifest_.index = has_children;
    manifest_.artifact_type = text_of(json_, "artifactType");
    if (const auto config = json_.find("config"); config != json_.end()) {
      FABRIK_CHECK(add(*config));
      if (manifest_.artifact_type.empty()) {
        manifest_.artifact_type = text_of(*config, "mediaType");
      }
    }
    for (const char* list : {"layers", "blobs", "manifests"}) {
      FABRIK_CHECK(add_all(list));
    }
    FABRIK_CHECK(read_subject());
    read_texts();
    return std::move(manifest_);
  }

 private:
  Result<void> add(const Json& json) {
    FABRIK_TRY(const Descriptor descriptor, parse_descriptor(json));
    manifest_.buildkit_cache |= descriptor.type == kBuildkitCacheConfig;
    const bool is_manifest =
        manifest_.index &&
        std::ranges::find(kManifestTypes, descriptor.type) != kManifestTypes.end();
    if (is_manifest) {
      manifest_.manifests.push_back(descriptor.ref);
    } else if (!descriptor.elsewhere) {
      manifest_.blobs.push_back(descriptor.ref);
    }
    return {};
  }

  Result<void> add_all(const char* name) {
    const auto list = json_.find(name);
    if (list == json_.end() || list->is_null()) {
      return {};
    }
    if (!list->is_array()) {
      return invalid(std::string(name) + " is not a list");
    }
    for (const Json& item : *list) {
      FABRIK_CHECK(add(item));
    }
    return {};
  }

  Result<void> read_subject() {
    const auto subject = json_.find("subject");
    if (subject == json_.end() || subject->is_null()) {
      return {};
    }
    FABRIK_TRY(const Descriptor descriptor, parse_descriptor(*subject));
    manifest_.subject = descriptor.ref.digest;
    return {};
  }

  void read_texts() {
    manifest_.type = text_of(json_, "mediaType");
    const auto annotations = json_.find("annotations");
    if (annotations != json_.end() && annotations->is_object()) {
      manifest_.annotations = dump(*annotations);
    }
  }

  const Json& json_;
  OciManifest manifest_;
};

Json describe(const OciReferrer& referrer) {
  Json json = {{"mediaType", referrer.type},
               {"digest", oci_digest(referrer.manifest.digest)},
               {"size", referrer.manifest.size}};
  if (!referrer.artifact_type.empty()) {
    json["artifactType"] = referrer.artifact_type;
  }
  Json annotations = Json::parse(referrer.annotations, nullptr, false);
  if (annotations.is_object()) {
    json["annotations"] = std::move(annotations);
  }
  return json;
}

}  // namespace

Result<OciManifest> parse_oci_manifest(std::string_view text) {
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kMaxDepth; };
  const Json json = Json::parse(text, shallow, false);
  if (!json.is_object()) {
    return invalid("it is not a JSON object");
  }
  return Reader(json).read();
}

std::string oci_referrers_json(const std::vector<OciReferrer>& referrers) {
  Json list = Json::array();
  for (const OciReferrer& referrer : referrers) {
    list.push_back(describe(referrer));
  }
  return dump(
      {{"schemaVersion", 2}, {"mediaType", std::string(kOciIndexType)}, {"manifests", list}});
}

std::string oci_tags_json(std::string_view repository, const std::vector<std::string>& tags) {
  return dump({{"name", std::string(repository)}, {"tags", tags}});
}

std::string oci_catalog_json(const std::vector<std::string>& repositories) {
  return dump({{"repositories", repositories}});
}

}  // namespace fabrik::adapters
