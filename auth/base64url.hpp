// base64url without padding (RFC 4648 5, RFC 7515 2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fabrik::auth {

// Strict: nullopt for padding, blanks, other characters, and for spellings that no
// encoder writes (bits left over that are not zero). One text has one spelling.
std::optional<std::string> decode_base64url(std::string_view text);
std::string encode_base64url(std::string_view bytes);

}  // namespace fabrik::auth
