// What lies on the disk is untrusted: whatever a decoder accepts must encode to
// the same bytes again.
#include <cstdlib>

#include "cache/schema.hpp"
#include "cache/totals.hpp"

namespace {

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fabrik::cache;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto record = decode_blob(bytes)) {
    require(encode(*record) == bytes);
  }
  if (const auto info = decode_entry(bytes)) {
    require(encode(*info) == bytes);
  }
  if (const auto key = decode_entry_key(bytes)) {
    require(encode(*key) == bytes);
  }
  if (const auto place = decode_order(bytes)) {
    require(encode(*place) == bytes);
  }
  if (const auto digest = decode_digest(bytes)) {
    require(as_key(*digest) == bytes);
  }
  (void)decode_pieces(bytes, UINT64_MAX);
  if (const auto totals = decode_totals(bytes)) {
    Totals sum = *totals;
    sum += *totals;
    require(encode(*totals) == bytes);
  }
  for (const std::size_t bytes_each : {8, 12}) {
    const std::uint64_t blob = size / bytes_each * fabrik::kChunkSize;
    if (const auto pieces = decode_pieces(bytes, blob)) {
      require(encode(*pieces) == bytes);
    }
  }
  if (const auto place = decode_quota_order(1, bytes)) {
    require(quota_order_key(1, place->first, place->second) == bytes);
  }
  return 0;
}
