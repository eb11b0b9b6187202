#include "tests/support/token_issuer.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdexcept>
#include <vector>

#include "auth/base64url.hpp"
#include "auth/hmac.hpp"

namespace fabrik::testing {
namespace {

using auth::encode_base64url;

std::string number(EVP_PKEY* key, const char* name, int width = 0) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  const int size = width == 0 ? BN_num_bytes(value) : width;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), size);
  BN_free(value);
  return encode_base64url(bytes);
}

// r and s, 32 bytes each, of a DER signature.
std::string joined(const std::vector<unsigned char>& der) {
  const unsigned char* at = der.data();
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::string bytes(64, '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32);
  ECDSA_SIG_free(pair);
  return bytes;
}

}  // namespace

struct TokenIssuer::Impl {
  Kind kind;
  EVP_PKEY* key = nullptr;
  ~Impl() { EVP_PKEY_free(key); }
};

TokenIssuer::TokenIssuer(Kind kind) : impl_(std::make_unique<Impl>(kind)) {
  const bool rsa = kind == Kind::rsa || kind == Kind::small_rsa;
  impl_->key = rsa ? EVP_RSA_gen(kind == Kind::rsa ? 2048U : 1024U)
                   : EVP_EC_gen(kind == Kind::p256 ? "P-256" : "P-384");
  if (impl_->key == nullptr) {
    throw std::runtime_error("cannot make a key");
  }
}
TokenIssuer::~TokenIssuer() = default;
TokenIssuer::TokenIssuer(TokenIssuer&&) noexcept = default;

std::string unsigned_part(std::string_view header, std::string_view payload) {
  return encode_base64url(header) + "." + encode_base64url(payload);
}

std::string hmac_token(std::string_view header, std::string_view payload, std::string_view secret) {
  const std::string text = unsigned_part(header, payload);
  const Digest mac = auth::hmac_sha256(as_bytes(secret), text);
  return text + "." + encode_base64url(as_text(std::as_bytes(std::span(mac.bytes))));
}

std::string TokenIssuer::sign(std::string_view header, std::string_view payload) const {
  const std::string text = unsigned_part(header, payload);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::vector<unsigned char> signature(1024);
  std::size_t size = signature.size();
  const bool done =
      EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, impl_->key) == 1 &&
      EVP_DigestSign(context, signature.data(), &size,
                     reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  EVP_MD_CTX_free(context);
  if (!done) {
    throw std::runtime_error("cannot sign");
  }
  signature.resize(size);
  return text + "." +
         encode_base64url(impl_->kind == Kind::p256
                              ? joined(signature)
                              : std::string(signature.begin(), signature.end()));
}

std::string TokenIssuer::token(std::string_view payload, std::string_view kid) const {
  std::string header = R"({"typ":"JWT","alg":")";
  header += impl_->kind == Kind::p256 ? "ES256\"" : "RS256\"";
  if (!kid.empty()) {
    header += ",\"kid\":\"" + std::string(kid) + "\"";
  }
  return sign(header + "}", payload);
}

std::string TokenIssuer::public_pem() const {
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(out, impl_->key);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(out);
  return pem;
}

std::string TokenIssuer::jwk(std::string_view kid, std::string_view more) const {
  std::string json = "{\"kid\":\"" + std::string(kid) + "\",";
  if (impl_->kind == Kind::p256) {
    json += R"("kty":"EC","crv":"P-256","x":")" + number(impl_->key, OSSL_PKEY_PARAM_EC_PUB_X, 32) +
            R"(","y":")" + number(impl_->key, OSSL_PKEY_PARAM_EC_PUB_Y, 32) + "\"";
  } else {
    json += R"("kty":"RSA","n":")" + number(impl_->key, OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
            number(impl_->key, OSSL_PKEY_PARAM_RSA_E) + "\"";
  }
  return json + std::string(more) + "}";
}

}  // namespace fabrik::testing
