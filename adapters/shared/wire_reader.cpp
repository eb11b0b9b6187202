#include "adapters/shared/wire_reader.hpp"

namespace fabrik::adapters {
namespace {

constexpr unsigned kVarintBits = 64;

}  // namespace

std::optional<WireReader::Field> WireReader::fault() {
  ok_ = false;
  return std::nullopt;
}

std::optional<std::uint64_t> WireReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < kVarintBits && !rest_.empty(); shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(rest_.front());
    rest_ = rest_.subspan(1);
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<Bytes> WireReader::take(std::uint64_t size) {
  if (size > rest_.size()) {
    return std::nullopt;
  }
  const Bytes taken = rest_.first(static_cast<std::size_t>(size));
  rest_ = rest_.subspan(taken.size());
  return taken;
}

std::optional<WireReader::Field> WireReader::next() {
  if (rest_.empty() || !ok_) {
    return std::nullopt;
  }
  const auto tag = varint();
  if (!tag || *tag >> 3 == 0 || *tag >> 32 != 0) {
    return fault();
  }
  Field field{.number = static_cast<std::uint32_t>(*tag >> 3), .type = Type(*tag & 7)};
  std::optional<std::uint64_t> number;
  std::optional<Bytes> bytes;
  switch (field.type) {
    case Type::varint:
      number = varint();
      break;
    case Type::bytes:
      number = varint();
      bytes = number ? take(*number) : std::nullopt;
      break;
    case Type::fixed64:
      bytes = take(8);
      break;
    case Type::fixed32:
      bytes = take(4);
      break;
  }
  if (field.type == Type::varint ? !number : !bytes) {  // an unknown type has neither
    return fault();
  }
  field.value = number.value_or(0);
  field.bytes = bytes.value_or(Bytes{});
  return field;
}

}  // namespace fabrik::adapters
