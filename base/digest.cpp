// The low-level SHA256_* calls skip the provider machinery of OpenSSL 3, which
// costs the thin client more start-up time than the hash itself.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.hpp"

#include <openssl/sha.h>

#include <array>
#include <cstdint>

namespace fabrik {
namespace {

// By character; -1: no hex digit. FindMissingBlobs asks for 64 of them a digest.
constexpr auto kNibbles = [] {
  std::array<std::int8_t, 256> nibbles{};
  nibbles.fill(-1);
  for (int value = 0; value < 16; ++value) {
    nibbles[static_cast<std::uint8_t>("0123456789abcdef"[value])] = static_cast<std::int8_t>(value);
    nibbles[static_cast<std::uint8_t>("0123456789ABCDEF"[value])] = static_cast<std::int8_t>(value);
  }
  return nibbles;
}();

int nibble(char c) {
  return kNibbles[static_cast<std::uint8_t>(c)];
}

}  // namespace

std::string to_hex(Bytes data) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(data.size() * 2, '\0');
  char* at = out.data();
  for (std::byte b : data) {
    *at++ = kDigits[std::to_integer<unsigned>(b) >> 4];
    *at++ = kDigits[std::to_integer<unsigned>(b) & 15];
  }
  return out;
}

std::string Digest::hex() const {
  return to_hex(std::as_bytes(std::span(bytes)));
}

Result<Digest> Digest::from_hex(std::string_view hex) {
  Digest digest;
  if (hex.size() != digest.bytes.size() * 2) {
    return fail(Errc::invalid_argument, "a SHA-256 digest has 64 hex digits, not " +
                                            std::to_string(hex.size()) + " characters");
  }
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const int high = nibble(hex[2 * i]);
    const int low = nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) {
      return fail(Errc::invalid_argument, "a SHA-256 digest has only hex digits");
    }
    digest.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return digest;
}

struct Hasher::State {
  SHA256_CTX context;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  SHA256_Init(&state_->context);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(Bytes data) {
  SHA256_Update(&state_->context, data.data(), data.size());
}

Digest Hasher::finish() {
  Digest digest;
  SHA256_Final(digest.bytes.data(), &state_->context);
  return digest;
}

Digest sha256(Bytes data) {
  Hasher hasher;
  hasher.update(data);
  return hasher.finish();
}

}  // namespace fabrik
