// AWS Signature Version 4 as S3 uses it: the parts that signer and verifier share.
// Source: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version
// 4)"; tested with the examples published there. Pure functions over bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/credentials.hpp"
#include "base/digest.hpp"

namespace fabrik::auth {

inline constexpr std::string_view kSigV4Algorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// What a signature is good for: "20130524/us-east-1/s3/aws4_request".
struct SigV4Scope {
  std::string date;  // YYYYMMDD
  std::string region;
  std::string service;

  std::string text() const;
};

using SigV4Fields = std::vector<std::pair<std::string, std::string>>;

struct SigV4Request {
  std::string_view method;
  std::string_view path;   // as on the wire
  std::string_view query;  // as on the wire, without '?'
  SigV4Fields headers;     // the signed ones: lower-case names, in order
  std::string_view payload_hash;
};

// %XX for everything but A-Z a-z 0-9 - . _ ~ (and '/' where it is kept).
std::string sigv4_encode(std::string_view text, bool keep_slash);

// nullopt when path or query are not validly percent-encoded. A parameter
// X-Amz-Signature is left out of the query, as presigned requests need it.
std::optional<std::string> canonical_request(const SigV4Request& request);

// `time` is the x-amz-date: "20130524T000000Z".
std::string string_to_sign(std::string_view time, const SigV4Scope& scope,
                           std::string_view canonical_request);

// The key of one day, region and service.
Digest signing_key(std::string_view secret_key, const SigV4Scope& scope);

// 64 lower-case hex digits.
std::string sigv4_signature(const Digest& key, std::string_view string_to_sign);

// The value of the Authorization header that signs `request`, whose headers hold
// host and x-amz-date (= `time`). invalid_argument as canonical_request().
Result<std::string> sign_request(const SigV4Request& request, const Credentials& credentials,
                                 const SigV4Scope& scope, std::string_view time);

}  // namespace fabrik::auth
