// The checksums by which clients vouch for a body.
// Source: Amazon S3 User Guide, "Checking object integrity": CRC-32 (ISO-HDLC),
// CRC-32C (iSCSI), CRC-64/NVME, SHA-1, SHA-256; Content-MD5 of RFC 1864.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace fabrik::adapters {

enum class Checksum { crc32, crc32c, crc64nvme, sha1, sha256, md5 };

// "crc64nvme", as in the header x-amz-checksum-crc64nvme, without regard to case.
// md5 has no such header. nullopt: one we do not know.
std::optional<Checksum> checksum_called(std::string_view name);
std::string_view name(Checksum kind);
// Bytes of its value.
std::size_t width(Checksum kind);

// Streaming. Not thread-safe; one per body.
class ChecksumStream {
 public:
  virtual ~ChecksumStream() = default;
  virtual void update(Bytes data) = 0;
  // The raw bytes, big-endian. Ends the stream.
  virtual std::string finish() = 0;
};

std::unique_ptr<ChecksumStream> make_checksum(Checksum kind);

}  // namespace fabrik::adapters
