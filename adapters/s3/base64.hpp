// Base64 (RFC 4648 4), as in checksum headers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace fabrik::adapters {

std::string base64(Bytes data);
// nullopt unless it is exactly what base64() writes for some bytes.
std::optional<std::string> parse_base64(std::string_view text);

}  // namespace fabrik::adapters
