#include "auth/verification_key.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <vector>

namespace fabrik::auth {
namespace {

constexpr int kLeastRsaBits = 2048;
constexpr int kMostRsaBits = 8192;  // a larger one makes each check a small attack
constexpr std::size_t kP256Number = 32;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Deleter<Free>>;
using Pkey = Owned<EVP_PKEY, EVP_PKEY_free>;
using Digesting = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using Number = Owned<BIGNUM, BN_free>;

Number number(Bytes bytes) {
  return Number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                          static_cast<int>(bytes.size()), nullptr));
}

Pkey make_key(const char* kind, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
      EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return Pkey(key);
}

bool is_p256(EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                        &size) == 1 &&
         std::string_view(group.data(), size) == "prime256v1";
}

// ES256 in the form that OpenSSL wants; empty: it cannot be a signature.
std::vector<unsigned char> der_of(Bytes signature) {
  if (signature.size() != 2 * kP256Number) {
    return {};
  }
  const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
  Number r = number(signature.first(kP256Number));
  Number s = number(signature.subspan(kP256Number));
  if (!pair || !r || !s) {
    return {};
  }
  // From here on the pair owns both; it refuses null pointers only.
  if (ECDSA_SIG_set0(pair.get(), r.release(), s.release()) != 1) {
    return {};
  }
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &bytes);
  const Owned<unsigned char, [](unsigned char* p) { OPENSSL_free(p); }> owned(bytes);
  return size <= 0 ? std::vector<unsigned char>() : std::vector(bytes, bytes + size);
}

}  // namespace

struct VerificationKey::Impl {
  Pkey key;
  Digesting ready;  // begun with the key; each check goes on with a copy
  bool rsa = false;
};

Result<VerificationKey> VerificationKey::checked(std::shared_ptr<Impl> impl) {
  EVP_PKEY* key = impl->key.get();
  if (key == nullptr) {
    ERR_clear_error();
    return fail(Errc::invalid_argument, "read a public key: it is damaged or none");
  }
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  impl->rsa = EVP_PKEY_is_a(key, "RSA") == 1;
  if (!impl->rsa && !(EVP_PKEY_is_a(key, "EC") == 1 && is_p256(key))) {
    return fail(Errc::invalid_argument,
                "use a public key: only RSA and the elliptic curve P-256 are understood");
  }
  if (!context || EVP_PKEY_public_check(context.get()) != 1) {
    ERR_clear_error();
    return fail(Errc::invalid_argument, "use a public key: its numbers make no key");
  }
  const int bits = EVP_PKEY_get_bits(key);
  if (impl->rsa && (bits < kLeastRsaBits || bits > kMostRsaBits)) {
    return fail(Errc::invalid_argument,
                "use a public key: an RSA key has 2048 to 8192 bits, not " + std::to_string(bits));
  }
  impl->ready.reset(EVP_MD_CTX_new());
  if (!impl->ready ||
      EVP_DigestVerifyInit(impl->ready.get(), nullptr, EVP_sha256(), nullptr, key) != 1) {
    ERR_clear_error();
    return fail(Errc::internal, "use a public key: OpenSSL cannot check signatures with it");
  }
  return VerificationKey(std::move(impl));
}

Result<VerificationKey> VerificationKey::from_pem(std::string_view pem) {
  const auto open = [pem] {
    return Owned<BIO, BIO_free>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  };
  auto impl = std::make_shared<Impl>();
  impl->key.reset(PEM_read_bio_PUBKEY(open().get(), nullptr, nullptr, nullptr));
  if (!impl->key) {
    const Owned<X509, X509_free> certificate(
        PEM_read_bio_X509(open().get(), nullptr, nullptr, nullptr));
    impl->key.reset(certificate ? X509_get_pubkey(certificate.get()) : nullptr);
  }
  ERR_clear_error();
  return checked(std::move(impl));
}

Result<VerificationKey> VerificationKey::from_rsa(Bytes modulus, Bytes exponent) {
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  const Number n = number(modulus);
  const Number e = number(exponent);
  auto impl = std::make_shared<Impl>();
  if (builder && n && e && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get())) {
    impl->key = make_key("RSA", builder.get());
  }
  return checked(std::move(impl));
}

Result<VerificationKey> VerificationKey::from_p256(Bytes x, Bytes y) {
  auto impl = std::make_shared<Impl>();
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  if (builder && x.size() == kP256Number && y.size() == kP256Number) {
    std::string point("\x04");  // uncompressed
    point.append(as_text(x)).append(as_text(y));
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                     point.size());
    impl->key = make_key("EC", builder.get());
  }
  return checked(std::move(impl));
}

std::string_view VerificationKey::algorithm() const {
  return impl_->rsa ? "RS256" : "ES256";
}

bool VerificationKey::verify(std::string_view text, Bytes signature) const {
  const std::vector<unsigned char> der =
      impl_->rsa ? std::vector<unsigned char>() : der_of(signature);
  if (!impl_->rsa) {
    signature = std::as_bytes(std::span(der));
  }
  const Digesting context(EVP_MD_CTX_new());
  const bool good =
      context && !signature.empty() && EVP_MD_CTX_copy_ex(context.get(), impl_->ready.get()) == 1 &&
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size()) == 1;
  if (!good) {
    ERR_clear_error();
  }
  return good;
}

}  // namespace fabrik::auth
