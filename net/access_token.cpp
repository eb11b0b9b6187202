#include "net/access_token.hpp"

#include <optional>
#include <string>

namespace fabrik::net {
namespace {

constexpr std::string_view kAwsScheme = "AWS4-HMAC-SHA256";
constexpr std::string_view kAwsCredential = "Credential=";

bool is_same(std::string_view given, std::string_view token) {
  if (given.size() != token.size()) {
    return false;
  }
  unsigned difference = 0;
  for (std::size_t i = 0; i < token.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(token[i]);
  }
  return difference == 0;
}

std::optional<unsigned> base64_digit(char c) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = kAlphabet.find(c);
  return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<unsigned>(at));
}

// nullopt: it is not base64.
std::optional<std::string> decode_base64(std::string_view text) {
  while (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  std::string bytes;
  unsigned pending = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto digit = base64_digit(c);
    if (!digit) {
      return std::nullopt;
    }
    pending = (pending << 6U | *digit) & 0xFFFFU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>(pending >> bits & 0xFFU));
    }
  }
  return bytes;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  return text;
}

std::string basic_password(std::string_view credentials) {
  const auto decoded = decode_base64(credentials);
  const auto colon = decoded ? decoded->find(':') : std::string::npos;
  return colon == std::string::npos ? "" : decoded->substr(colon + 1);
}

std::string aws_key(std::string_view parameters) {
  const auto at = parameters.find(kAwsCredential);
  if (at == std::string_view::npos) {
    return "";
  }
  const auto credential = parameters.substr(at + kAwsCredential.size());
  return std::string(credential.substr(0, credential.find('/')));
}

}  // namespace

bool presents_token(const Headers& headers, std::string_view token) {
  return headers.count("authorization") == 1 && is_token_of(*headers.get("authorization"), token);
}

bool is_token_of(std::string_view authorization, std::string_view token) {
  return !token.empty() && is_same(presented_token(authorization), token);
}

std::string presented_token(std::string_view authorization) {
  const std::string_view value = trimmed(authorization);
  const auto blank = value.find(' ');
  if (blank == std::string_view::npos) {
    return "";
  }
  const std::string_view scheme = value.substr(0, blank);
  const std::string_view rest = trimmed(value.substr(blank));
  if (equal_ignoring_case(scheme, "bearer")) {
    return std::string(rest);
  }
  if (equal_ignoring_case(scheme, "basic")) {
    return basic_password(rest);
  }
  return scheme == kAwsScheme ? aws_key(rest) : "";
}

}  // namespace fabrik::net
