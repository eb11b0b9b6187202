#include "daemon/hex_id.hpp"

#include "base/hex.hpp"
#include "cache/schema.hpp"

namespace fabrik::daemon {

std::string id_of(const cache::EntryKey& key) {
  return to_hex(as_bytes(cache::encode(key)));
}

Result<cache::EntryKey> key_of_id(std::string_view id) {
  const auto bytes = from_hex(id);
  auto key = bytes ? cache::decode_entry_key(*bytes) : std::nullopt;
  if (!key) {
    return fail(Errc::invalid_argument, "\"" + std::string(id.substr(0, 80)) +
                                            "\" is not the id of an entry; `fabrik cache list "
                                            "--json` prints them");
  }
  return *std::move(key);
}

}  // namespace fabrik::daemon
