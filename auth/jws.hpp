// A signed token taken apart (RFC 7515 3.1, compact form), before anything in it is
// believed. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fabrik::auth {

// Headers and tokens larger than this are nobody's.
inline constexpr std::size_t kLargestToken = 8 * 1024;

struct Jws {
  std::string algorithm;  // as the token claims: compare, never obey
  std::optional<std::string> key_id;
  std::string payload;           // decoded; JSON by the sender's account
  std::string signature;         // decoded
  std::string_view signed_text;  // part of the token given
};

// unauthenticated, with what is wrong: not three strict base64url parts, a header that
// is no JSON object or names no algorithm, a type other than JWT or at+jwt, extensions
// that must be understood ("crit"). Keys and addresses in the header (jwk, jku, x5u) are
// not looked at: a token does not say how it is to be checked.
Result<Jws> parse_jws(std::string_view token);

}  // namespace fabrik::auth
