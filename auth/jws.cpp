#include "auth/jws.hpp"

#include <nlohmann/json.hpp>

#include "auth/base64url.hpp"
#include "net/http_message.hpp"

namespace fabrik::auth {
namespace {

std::unexpected<Error> refused(const std::string& why) {
  return fail(Errc::unauthenticated, "the token is not valid: " + why);
}

// RFC 7515 4.1.9: "application/" may be left out, and case does not count.
bool is_token_type(std::string_view type) {
  constexpr std::string_view kPrefix = "application/";
  if (type.size() > kPrefix.size() &&
      net::equal_ignoring_case(type.substr(0, kPrefix.size()), kPrefix)) {
    type.remove_prefix(kPrefix.size());
  }
  return net::equal_ignoring_case(type, "JWT") || net::equal_ignoring_case(type, "at+jwt");
}

}  // namespace

Result<Jws> parse_jws(std::string_view token) {
  if (token.size() > kLargestToken) {
    return refused("it is larger than 8 KiB");
  }
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return refused("it does not have three parts");
  }
  const auto header_text = decode_base64url(token.substr(0, first));
  auto payload = decode_base64url(token.substr(first + 1, second - first - 1));
  auto signature = decode_base64url(token.substr(second + 1));
  if (!header_text || !payload || !signature || signature->empty()) {
    return refused("its parts are not base64url");
  }
  const auto header = nlohmann::json::parse(*header_text, nullptr, false);
  if (!header.is_object()) {
    return refused("its header is no JSON object");
  }
  const auto is_text = [&header](const char* name) {
    return header.contains(name) && header[name].is_string();
  };
  if (!is_text("alg")) {
    return refused("its header names no algorithm");
  }
  if (header.contains("crit")) {
    return refused("it asks for extensions (crit)");
  }
  if (header.contains("typ") &&
      (!is_text("typ") || !is_token_type(header["typ"].get<std::string>()))) {
    return refused("it is of another type than JWT");
  }
  if (header.contains("kid") && !is_text("kid")) {
    return refused("its key id is no text");
  }
  Jws jws{.algorithm = header["alg"].get<std::string>(),
          .key_id = {},
          .payload = *std::move(payload),
          .signature = *std::move(signature),
          .signed_text = token.substr(0, second)};
  if (is_text("kid")) {
    jws.key_id = header["kid"].get<std::string>();
  }
  return jws;
}

}  // namespace fabrik::auth
