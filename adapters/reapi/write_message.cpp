#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "adapters/reapi/byte_stream.hpp"

namespace fabrik::adapters::reapi {
namespace {

using google::protobuf::internal::WireFormatLite;

// Of WriteRequest.
enum Field { kResourceName = 1, kWriteOffset = 2, kFinishWrite = 3, kData = 10 };

// A length-delimited field as a view of `message`.
bool take_view(google::protobuf::io::CodedInputStream& in, Bytes message, Bytes& view) {
  std::uint32_t length = 0;
  if (!in.ReadVarint32(&length)) {
    return false;
  }
  const auto at = static_cast<std::size_t>(in.CurrentPosition());
  if (length > message.size() - at) {
    return false;
  }
  view = message.subspan(at, length);
  return in.Skip(static_cast<int>(length));
}

}  // namespace

std::optional<WriteMessage> parse_write_message(Bytes message) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(message.data()),
                                            static_cast<int>(message.size()));
  WriteMessage parsed;
  while (const std::uint32_t tag = in.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    const auto type = WireFormatLite::GetTagWireType(tag);
    Bytes view;
    std::uint64_t number = 0;
    if (type == WireFormatLite::WIRETYPE_LENGTH_DELIMITED &&
        (field == kResourceName || field == kData)) {
      if (!take_view(in, message, view)) {
        return std::nullopt;
      }
      if (field == kData) {
        parsed.data = view;
      } else {
        parsed.resource_name = as_text(view);
      }
    } else if (type == WireFormatLite::WIRETYPE_VARINT &&
               (field == kWriteOffset || field == kFinishWrite)) {
      if (!in.ReadVarint64(&number)) {
        return std::nullopt;
      }
      if (field == kWriteOffset) {
        parsed.write_offset = static_cast<std::int64_t>(number);
      } else {
        parsed.finish_write = number != 0;
      }
    } else if (!WireFormatLite::SkipField(&in, tag)) {
      return std::nullopt;
    }
  }
  if (!in.ConsumedEntireMessage()) {
    return std::nullopt;
  }
  return parsed;
}

}  // namespace fabrik::adapters::reapi
