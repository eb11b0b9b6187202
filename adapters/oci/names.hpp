// Names in the OCI distribution protocol: repositories, tags, digests, upload
// offsets. Source: distribution-spec 1.1, "Pulling manifests" (the two grammars)
// and "Pushing a blob in chunks". Pure functions over bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"

namespace fabrik::adapters {

// Components of [a-z0-9] joined by '.', '_', '__' or dashes, separated by '/'; at
// most 255 bytes.
bool is_oci_repository(std::string_view name);
// A letter, digit or '_', then up to 127 of those, '.' and '-'.
bool is_oci_tag(std::string_view tag);

// "sha256:" and 64 lower-case hex digits. nullopt for anything else, also for the
// other algorithms of the specification: the store names blobs by SHA-256.
std::optional<Digest> parse_oci_digest(std::string_view text);
std::string oci_digest(const Digest& digest);

// Where a piece of an upload goes; both inclusive.
struct UploadRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool operator==(const UploadRange&) const = default;
};
// "<first>-<last>", the Content-Range of PATCH and PUT; clients that think of HTTP
// write "bytes <first>-<last>/<anything>". nullopt when malformed.
std::optional<UploadRange> parse_upload_range(std::string_view text);

}  // namespace fabrik::adapters
