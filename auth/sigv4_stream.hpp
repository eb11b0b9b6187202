// The signatures of a body that is sent in signed chunks: each covers its chunk and
// the signature before it, the first one that of the request.
// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization
// Header: Transferring Payload in Multiple Chunks", and the same with trailers.
#pragma once

#include <string>
#include <string_view>

#include "auth/sigv4_verify.hpp"
#include "base/digest.hpp"

namespace fabrik::auth {

// Used by one request; not thread-safe.
class SigV4Chain {
 public:
  explicit SigV4Chain(const SigV4Proof& seed)
      : time_(seed.time), scope_(seed.scope), key_(seed.key), previous_(seed.signature) {}

  // In order, the last (empty) chunk included: is this the signature of a chunk
  // whose data has that SHA-256?
  bool accepts_chunk(const Digest& data, std::string_view signature);
  // After the last chunk. `trailers` is "name:value\n" for each, names in lower case.
  bool accepts_trailers(std::string_view trailers, std::string_view signature);

 private:
  bool accepts(const std::string& text, std::string_view signature);

  std::string time_;
  std::string scope_;
  Digest key_;
  std::string previous_;
};

}  // namespace fabrik::auth
