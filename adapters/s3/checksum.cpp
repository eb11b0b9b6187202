#include "adapters/s3/checksum.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/digest.hpp"
#include "base/old_digests.hpp"
#include "net/http_message.hpp"

namespace fabrik::adapters {
namespace {

struct Kind {
  Checksum kind;
  std::string_view name;
  std::size_t width;
};

constexpr std::array kKinds = {
    Kind{Checksum::crc32, "crc32", 4},         Kind{Checksum::crc32c, "crc32c", 4},
    Kind{Checksum::crc64nvme, "crc64nvme", 8}, Kind{Checksum::sha1, "sha1", 20},
    Kind{Checksum::sha256, "sha256", 32},      Kind{Checksum::md5, "md5", 16}};

// Polynomials with the bits in the order in which they are used, lowest power first.
constexpr std::uint64_t kCrc32 = 0xedb88320;
constexpr std::uint64_t kCrc32c = 0x82f63b78;
constexpr std::uint64_t kCrc64Nvme = 0x9a6c9329ac4bc9b5;

// Eight bytes per step: tables[k][b] is what byte b does from k bytes further ahead.
using Tables = std::array<std::array<std::uint64_t, 256>, 8>;

constexpr Tables make_tables(std::uint64_t polynomial) {
  Tables tables{};
  for (std::uint64_t byte = 0; byte < 256; ++byte) {
    std::uint64_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = value >> 1 ^ ((value & 1) != 0 ? polynomial : 0);
    }
    tables[0][byte] = value;
  }
  for (std::size_t byte = 0; byte < 256; ++byte) {
    for (std::size_t ahead = 1; ahead < 8; ++ahead) {
      const std::uint64_t before = tables[ahead - 1][byte];
      tables[ahead][byte] = before >> 8 ^ tables[0][before & 255];
    }
  }
  return tables;
}

template <std::uint64_t Polynomial>
constexpr Tables kTables = make_tables(Polynomial);

template <std::uint64_t Polynomial, class Value>
class Crc final : public ChecksumStream {
 public:
  void update(Bytes data) override {
    const Tables& tables = kTables<Polynomial>;
    std::uint64_t state = state_;
    while (data.size() >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, data.data(), 8);
      static_assert(std::endian::native == std::endian::little);
      word ^= state;
      state = 0;
      for (std::size_t i = 0; i < 8; ++i) {
        state ^= tables[7 - i][word >> (8 * i) & 255];
      }
      data = data.subspan(8);
    }
    for (const std::byte byte : data) {
      state = state >> 8 ^ tables[0][(state ^ std::to_integer<std::uint64_t>(byte)) & 255];
    }
    state_ = state;
  }
  std::string finish() override {
    const Value value = std::byteswap(static_cast<Value>(~state_));
    return {reinterpret_cast<const char*>(&value), sizeof value};
  }

 private:
  std::uint64_t state_ = static_cast<Value>(-1);
};

class Sha256 final : public ChecksumStream {
 public:
  void update(Bytes data) override { hasher_.update(data); }
  std::string finish() override {
    const Digest digest = hasher_.finish();
    return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
  }

 private:
  Hasher hasher_;
};

class Old final : public ChecksumStream {
 public:
  explicit Old(OldDigest kind) : hasher_(kind) {}
  void update(Bytes data) override { hasher_.update(data); }
  std::string finish() override { return hasher_.finish(); }

 private:
  OldHasher hasher_;
};

}  // namespace

std::optional<Checksum> checksum_called(std::string_view name) {
  for (const Kind& kind : kKinds) {
    if (kind.kind != Checksum::md5 && net::equal_ignoring_case(kind.name, name)) {
      return kind.kind;
    }
  }
  return std::nullopt;
}

std::string_view name(Checksum kind) {
  return kKinds.at(static_cast<std::size_t>(kind)).name;
}

std::size_t width(Checksum kind) {
  return kKinds.at(static_cast<std::size_t>(kind)).width;
}

std::unique_ptr<ChecksumStream> make_checksum(Checksum kind) {
  switch (kind) {
    case Checksum::crc32:
      return std::make_unique<Crc<kCrc32, std::uint32_t>>();
    case Checksum::crc32c:
      return std::make_unique<Crc<kCrc32c, std::uint32_t>>();
    case Checksum::crc64nvme:
      return std::make_unique<Crc<kCrc64Nvme, std::uint64_t>>();
    case Checksum::sha256:
      return std::make_unique<Sha256>();
    case Checksum::sha1:
      return std::make_unique<Old>(OldDigest::sha1);
    case Checksum::md5:
      return std::make_unique<Old>(OldDigest::md5);
  }
  return nullptr;
}

}  // namespace fabrik::adapters
