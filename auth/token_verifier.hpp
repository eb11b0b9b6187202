// JSON Web Tokens as proof of who sends a request (RFC 7519, RFC 8725).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "auth/claims.hpp"
#include "auth/key_ring.hpp"
#include "base/clock.hpp"
#include "net/caller.hpp"

namespace fabrik::auth {

struct VerifierStats {
  std::uint64_t checked = 0;     // signatures
  std::uint64_t remembered = 0;  // tokens that were known to be good
  std::uint64_t refused = 0;
};

// RS256 and ES256 by the keys of a KeyRing. A token that was found good is remembered
// by its hash until it expires or the keys change. Thread-safe. The clock is borrowed.
class TokenVerifier final : public net::Authenticator {
 public:
  TokenVerifier(std::unique_ptr<KeyRing> keys, ClaimRules rules, const Clock& clock);
  ~TokenVerifier() override;

  net::Task<Result<net::Caller>> authenticate(std::string_view authorization) override;
  // The same for a token alone.
  net::Task<Result<net::Caller>> verify(std::string_view token);

  VerifierStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fabrik::auth
