// An access key and its secret, as S3 clients have them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fabrik::auth {

// Never logged.
struct Credentials {
  std::string access_key;
  std::string secret_key;
};

// The text of a credentials file: lines `access_key = ...` and `secret_key = ...`,
// also under the names aws_access_key_id and aws_secret_access_key, and then of the
// profile [default] alone. Blank lines and # comments are fine. invalid_argument
// when one of the two is missing; the message never quotes the text.
Result<Credentials> parse_credentials(std::string_view text);

}  // namespace fabrik::auth
