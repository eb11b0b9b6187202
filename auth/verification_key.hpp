// The public half of a key that signs tokens. Each kind of key has exactly one
// algorithm, so that no token can choose another for it (RFC 8725 3.1).
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace fabrik::auth {

// Immutable; thread-safe; cheap to copy.
class VerificationKey {
 public:
  // "-----BEGIN PUBLIC KEY-----" or a certificate. Accepted: RSA of 2048 to 8192 bits
  // (RS256) and the curve P-256 (ES256). Errors never quote the text.
  static Result<VerificationKey> from_pem(std::string_view pem);
  // The members of an RSA key (RFC 7518 6.3), big-endian.
  static Result<VerificationKey> from_rsa(Bytes modulus, Bytes exponent);
  // The point of a key on P-256 (RFC 7518 6.2).
  static Result<VerificationKey> from_p256(Bytes x, Bytes y);

  // "RS256" or "ES256".
  std::string_view algorithm() const;
  // Whether this is the signature of `text`, in the form that JWS has: for ES256 the
  // two numbers one after the other (RFC 7518 3.4).
  bool verify(std::string_view text, Bytes signature) const;

 private:
  struct Impl;
  explicit VerificationKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  static Result<VerificationKey> checked(std::shared_ptr<Impl> impl);

  std::shared_ptr<const Impl> impl_;
};

}  // namespace fabrik::auth
