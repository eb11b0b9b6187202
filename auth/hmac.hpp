// HMAC-SHA-256 (RFC 2104), and comparison in constant time.
#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/digest.hpp"

namespace fabrik::auth {

Digest hmac_sha256(Bytes key, std::string_view text);

// Takes equally long for all texts of `b`'s length, so that the time tells nobody
// how many characters were right. Different lengths are told apart at once.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace fabrik::auth
