// The low-level calls, for the reason that base/digest.cpp gives.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/old_digests.hpp"

#include <openssl/md5.h>
#include <openssl/sha.h>

#include <variant>

namespace fabrik {

struct OldHasher::State {
  std::variant<MD5_CTX, SHA_CTX> context;
};

OldHasher::OldHasher(OldDigest kind) : state_(std::make_unique<State>()) {
  if (kind == OldDigest::md5) {
    MD5_Init(&state_->context.emplace<MD5_CTX>());
  } else {
    SHA1_Init(&state_->context.emplace<SHA_CTX>());
  }
}
OldHasher::~OldHasher() = default;
OldHasher::OldHasher(OldHasher&&) noexcept = default;
OldHasher& OldHasher::operator=(OldHasher&&) noexcept = default;

void OldHasher::update(Bytes data) {
  if (auto* md5 = std::get_if<MD5_CTX>(&state_->context)) {
    MD5_Update(md5, data.data(), data.size());
  } else {
    SHA1_Update(&std::get<SHA_CTX>(state_->context), data.data(), data.size());
  }
}

std::string OldHasher::finish() {
  if (auto* md5 = std::get_if<MD5_CTX>(&state_->context)) {
    std::string digest(MD5_DIGEST_LENGTH, '\0');
    MD5_Final(reinterpret_cast<unsigned char*>(digest.data()), md5);
    return digest;
  }
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1_Final(reinterpret_cast<unsigned char*>(digest.data()), &std::get<SHA_CTX>(state_->context));
  return digest;
}

}  // namespace fabrik
