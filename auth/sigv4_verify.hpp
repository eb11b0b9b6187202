// A request checked against the credentials that it must be signed with.
// Source: as auth/sigv4.hpp, and "Authenticating Requests: Using Query Parameters".
#pragma once

#include <chrono>
#include <expected>
#include <string>

#include "auth/credentials.hpp"
#include "auth/sigv4.hpp"
#include "net/http_message.hpp"

namespace fabrik::auth {

// Clocks may differ by so much, as at AWS.
inline constexpr std::chrono::minutes kClockSkew{15};

enum class SigV4Denial {
  unsigned_request,  // no signature at all
  malformed,         // one that cannot be read
  unknown_key,       // of somebody else
  skewed_clock,      // the request's time is too far from ours
  expired,           // presigned, and over
  unsigned_header,   // an x-amz- header that the signature does not cover
  mismatch,          // wrong secret, or the request was changed on its way
};

struct SigV4Refusal {
  SigV4Denial denial = SigV4Denial::malformed;
  std::string message;  // for the client; holds nothing secret
};

// What a valid signature says; the seed of the chain of a body in signed chunks.
struct SigV4Proof {
  std::string payload_hash;  // x-amz-content-sha256; UNSIGNED-PAYLOAD when presigned
  std::string time;          // x-amz-date
  std::string scope;         // as text
  std::string signature;
  Digest key;  // the signing key
};

// Header (`Authorization`) or presigned (`X-Amz-Signature`) form. The body is not
// looked at: comparing it with payload_hash is the reader's business.
std::expected<SigV4Proof, SigV4Refusal> verify_sigv4(const net::Request& request,
                                                     const Credentials& credentials,
                                                     std::chrono::system_clock::time_point now);

}  // namespace fabrik::auth
