// Signs tokens as an identity provider does, and badly where a test asks for it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace fabrik::testing {

class TokenIssuer {
 public:
  enum class Kind { rsa, small_rsa, p256, p384 };
  explicit TokenIssuer(Kind kind);
  ~TokenIssuer();
  TokenIssuer(TokenIssuer&&) noexcept;

  // "<header>.<payload>.<signature>", whatever the header says of itself.
  std::string sign(std::string_view header, std::string_view payload) const;
  // With a header that fits the key; `kid` empty: none.
  std::string token(std::string_view payload, std::string_view kid = {}) const;
  std::string public_pem() const;
  // As one member of a JWKS.
  std::string jwk(std::string_view kid, std::string_view more = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// An HS256 token whose secret is this text.
std::string hmac_token(std::string_view header, std::string_view payload, std::string_view secret);
std::string unsigned_part(std::string_view header, std::string_view payload);

}  // namespace fabrik::testing
