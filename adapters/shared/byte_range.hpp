// The Range request header, for every protocol that serves parts of blobs.
// Source: RFC 9110 14.1 to 14.4. Pure functions over bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fabrik::adapters {

// Positions in bytes, both inclusive: first <= last.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  std::uint64_t size() const { return last - first + 1; }
  bool operator==(const ByteRange&) const = default;
};

enum class RangeAnswer {
  whole,          // 200 with everything: no range, or one that we may ignore
  part,           // 206 with `range`
  unsatisfiable,  // 416: begins behind the end
};

struct RangeChoice {
  RangeAnswer answer = RangeAnswer::whole;
  ByteRange range;  // part only; always inside the representation

  bool operator==(const RangeChoice&) const = default;
};

// What to answer to this header value (nullopt: there was none) for `size` bytes.
// Other units, malformed values and several ranges at once get everything, as
// RFC 9110 14.2 allows and S3 does.
RangeChoice choose_range(std::optional<std::string_view> header, std::uint64_t size);

// "bytes 0-9/100" for a 206.
std::string content_range(const ByteRange& range, std::uint64_t size);
// "bytes */100" for a 416.
std::string unsatisfied_range(std::uint64_t size);

}  // namespace fabrik::adapters
