// What a token says, once its signature has been found good (RFC 7519 4, RFC 8725). Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/caller.hpp"

namespace fabrik::auth {

struct ClaimRules {
  std::string issuer;               // `iss` must be this; empty: anything
  std::string audience;             // `aud` must be or contain this; empty: anything
  std::chrono::seconds leeway{30};  // by how much clocks may differ
  // No token may be good for longer, from `iat` to `exp`.
  std::chrono::seconds longest_life = std::chrono::hours(24 * 31);
};

struct Claims {
  net::Caller caller;
  std::chrono::system_clock::time_point not_before;
  std::chrono::system_clock::time_point expires;
};

// Wanted: `sub`, `iat`, `exp`, and what the rules say. Scopes from `permissions` (a list)
// and `scope` (words; RFC 8693 4.2), namespace from `ns`, else `project_id`, tier from
// `tier`. A claim of the wrong type is a refusal, not an absence. unauthenticated, with
// what is wrong. Does not look at the clock: see check_time().
Result<Claims> parse_claims(std::string_view payload, const ClaimRules& rules);

// Whether the token is good at `now`.
Result<void> check_time(const Claims& claims, const ClaimRules& rules,
                        std::chrono::system_clock::time_point now);

}  // namespace fabrik::auth
