// Protocol Buffers' wire format, read field by field: for bodies of which we want
// to know a few fields and must return all of them unchanged.
// Source: protobuf.dev "Encoding".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace fabrik::adapters {

// Borrows the message. Nothing it reads is copied.
class WireReader {
 public:
  enum class Type : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };
  struct Field {
    std::uint32_t number = 0;
    Type type = Type::varint;
    std::uint64_t value = 0;  // varint only
    Bytes bytes = {};         // bytes only

    std::string_view text() const { return as_text(bytes); }
  };

  explicit WireReader(Bytes message) : rest_(message) {}

  // The next field; nullopt at the end and at the first fault.
  std::optional<Field> next();
  // Whether the message was read to its end without a fault.
  bool ok() const { return ok_ && rest_.empty(); }

 private:
  std::optional<std::uint64_t> varint();
  std::optional<Bytes> take(std::uint64_t size);
  std::optional<Field> fault();

  Bytes rest_;
  bool ok_ = true;
};

}  // namespace fabrik::adapters
