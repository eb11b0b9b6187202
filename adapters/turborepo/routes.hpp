// What a Turborepo request names. Pure functions over bytes.
// Source: Vercel's REST API, "Artifacts", and what turbo 2.11.11 was seen to send.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fabrik::adapters {

enum class TurboRoute {
  status,    // /v8/artifacts/status
  events,    // /v8/artifacts/events
  query,     // /v8/artifacts: many hashes in one question
  artifact,  // /v8/artifacts/<hash>
  unknown,   // below /v8/artifacts, but none of these
};

struct TurboTarget {
  TurboRoute route = TurboRoute::unknown;
  std::string_view hash;  // into the parsed path; artifact only
};

// Whether the path is Turborepo's at all.
bool is_turbo_path(std::string_view path);
// `path` as sent, without the query.
TurboTarget parse_turbo_path(std::string_view path);
// The names that cannot be hashes because they are routes are none here.
bool is_turbo_hash(std::string_view hash);

// The namespace of a query string: "team:<teamId>", else "slug:<slug>", else "" when
// neither is there or both are empty. A team's id and a slug of the same letters
// stay apart. invalid_argument when the value is malformed or over 256 bytes.
Result<std::string> turbo_namespace(std::string_view query);

}  // namespace fabrik::adapters
