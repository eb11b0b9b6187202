#include "auth/sigv4.hpp"

#include <algorithm>

#include "auth/hmac.hpp"
#include "net/http_message.hpp"

namespace fabrik::auth {
namespace {

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// However the client wrote it, everybody signs the same spelling.
std::optional<std::string> respelled(std::string_view text, bool keep_slash) {
  const std::optional<std::string> decoded = net::percent_decode(text);
  return decoded ? std::optional(sigv4_encode(*decoded, keep_slash)) : std::nullopt;
}

std::optional<std::string> canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) {
      continue;
    }
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = respelled(pair.substr(0, equals), false);
    auto value = respelled(pair.substr(std::min(equals + 1, pair.size())), false);
    if (!name || !value) {
      return std::nullopt;
    }
    if (*name != "X-Amz-Signature") {
      parameters.emplace_back(*std::move(name), *std::move(value));
    }
  }
  std::ranges::sort(parameters);
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += (text.empty() ? "" : "&") + name + "=" + value;
  }
  return text;
}

// Blanks around a value do not count, and several in a row count as one.
std::string trimmed(std::string_view value) {
  std::string text;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank || (!text.empty() && text.back() != ' ')) {
      text += blank ? ' ' : c;
    }
  }
  if (text.ends_with(' ')) {
    text.pop_back();
  }
  return text;
}

std::string names_of(const SigV4Fields& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    names += (names.empty() ? "" : ";") + name;
  }
  return names;
}

Bytes bytes_of(const Digest& digest) {
  return std::as_bytes(std::span(digest.bytes));
}

}  // namespace

std::string SigV4Scope::text() const {
  return date + "/" + region + "/" + service + "/aws4_request";
}

std::string sigv4_encode(std::string_view text, bool keep_slash) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) || (keep_slash && c == '/')) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kDigits[byte / 16];
      encoded += kDigits[byte % 16];
    }
  }
  return encoded;
}

std::optional<std::string> canonical_request(const SigV4Request& request) {
  const auto path = respelled(request.path, true);
  const auto query = canonical_query(request.query);
  if (!path || !query) {
    return std::nullopt;
  }
  std::string text = std::string(request.method) + "\n" + *path + "\n" + *query + "\n";
  for (const auto& [name, value] : request.headers) {
    text += name + ":" + trimmed(value) + "\n";
  }
  text += "\n" + names_of(request.headers) + "\n";
  text += request.payload_hash;
  return text;
}

std::string string_to_sign(std::string_view time, const SigV4Scope& scope,
                           std::string_view canonical_request) {
  return std::string(kSigV4Algorithm) + "\n" + std::string(time) + "\n" + scope.text() + "\n" +
         sha256(as_bytes(canonical_request)).hex();
}

Digest signing_key(std::string_view secret_key, const SigV4Scope& scope) {
  const std::string secret = "AWS4" + std::string(secret_key);
  Digest key = hmac_sha256(as_bytes(secret), scope.date);
  key = hmac_sha256(bytes_of(key), scope.region);
  key = hmac_sha256(bytes_of(key), scope.service);
  return hmac_sha256(bytes_of(key), "aws4_request");
}

std::string sigv4_signature(const Digest& key, std::string_view string_to_sign) {
  return hmac_sha256(bytes_of(key), string_to_sign).hex();
}

Result<std::string> sign_request(const SigV4Request& request, const Credentials& credentials,
                                 const SigV4Scope& scope, std::string_view time) {
  const std::optional<std::string> canonical = canonical_request(request);
  if (!canonical) {
    return fail(Errc::invalid_argument,
                "sign " + std::string(request.path) + ": it is not validly percent-encoded");
  }
  const std::string signature = sigv4_signature(signing_key(credentials.secret_key, scope),
                                                string_to_sign(time, scope, *canonical));
  return std::string(kSigV4Algorithm) + " Credential=" + credentials.access_key + "/" +
         scope.text() + ", SignedHeaders=" + names_of(request.headers) + ", Signature=" + signature;
}

}  // namespace fabrik::auth
