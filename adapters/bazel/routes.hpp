// What a request of Bazel's HTTP cache protocol names. Pure functions.
// Source: bazel.build "Remote caching", and what Bazel 4.2.3, moon 2.5.5 and
// ccache's bazel layout were seen to send.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"

namespace fabrik::adapters {

enum class BazelStore { action_cache, blobs };

// {prefix}/ac/{hash} or {prefix}/cas/{hash}
struct BazelTarget {
  BazelStore store = BazelStore::action_cache;
  // The prefix without slashes at its ends and with single ones inside: the same
  // namespace as a gRPC instance_name of those letters.
  std::string ns;
  std::optional<Digest> hash;  // nullopt: it is no SHA-256
};

// `path` as sent. nullopt: another protocol's, or a prefix that is no namespace
// (over 256 bytes, badly encoded, with "." or ".." in it).
std::optional<BazelTarget> parse_bazel_path(std::string_view path);

// Whether a header like Accept or Accept-Encoding names `what`, and not with q=0.
bool accepts(std::string_view header, std::string_view what);

}  // namespace fabrik::adapters
