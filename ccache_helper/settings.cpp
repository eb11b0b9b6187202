#include "ccache_helper/settings.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace fabrik::ccache_helper {
namespace {

constexpr std::string_view kDefaultPrefix = "/ccache";
constexpr std::size_t kBazelDigits = 64;
constexpr int kMaxAttributes = 64;

template <class Int>
std::optional<Int> parse_number(std::string_view text) {
  Int value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

Result<std::string> required(const Env& env, std::string_view name) {
  if (auto value = env.non_empty(name)) {
    return *std::move(value);
  }
  return fail(Errc::invalid_argument,
              std::string(name) + " is not set; ccache starts this program, people do not");
}

// [scheme]://[user:TOKEN@]ADDRESS:PORT[/PREFIX]
Result<void> read_url(std::string_view url, Settings& settings) {
  const std::size_t scheme = url.find("://");
  std::string_view rest = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view host = rest.substr(0, slash);
  settings.prefix = rest.substr(slash);
  while (settings.prefix.ends_with('/')) {
    settings.prefix.pop_back();
  }
  if (settings.prefix.empty()) {
    settings.prefix = kDefaultPrefix;
  }
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = host.substr(0, at);
    settings.token = user.substr(user.find(':') + 1);
    host = host.substr(at + 1);
  }
  const std::size_t colon = std::min(host.find(':'), host.size());
  const auto port = parse_number<std::uint16_t>(host.substr(std::min(colon + 1, host.size())));
  if (!port || *port == 0 || colon == 0) {
    return fail(Errc::invalid_argument, "CRSH_URL names no ADDRESS:PORT");
  }
  settings.port = *port;
  settings.address = host.substr(0, colon) == "localhost" ? "127.0.0.1" : host.substr(0, colon);
  return {};
}

Result<void> read_attribute(std::string_view key, const std::string& value, Settings& settings) {
  if (key == "bearer-token") {
    settings.token = value;
  } else if (key == "layout") {
    if (value != "subdirs" && value != "flat" && value != "bazel") {
      return fail(Errc::invalid_argument,
                  "layout \"" + value + "\" is none of subdirs, flat and bazel");
    }
    settings.layout = value == "flat"    ? Layout::flat
                      : value == "bazel" ? Layout::bazel
                                         : Layout::subdirs;
  }
  return {};  // other helpers' attributes are nobody's mistake
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

// A digest of 64 digits, as Bazel's protocol has them: the key, and its beginning again.
std::string bazel_digits(const std::string& hex) {
  std::string digits = hex.substr(0, kBazelDigits);
  while (!hex.empty() && digits.size() < kBazelDigits) {
    digits += hex.substr(0, kBazelDigits - digits.size());
  }
  return digits;
}

}  // namespace

Result<Settings> read_settings(const Env& env) {
  Settings settings;
  FABRIK_TRY(settings.endpoint, required(env, "CRSH_IPC_ENDPOINT"));
  FABRIK_TRY(const std::string url, required(env, "CRSH_URL"));
  FABRIK_CHECK(read_url(url, settings));
  const auto idle = parse_number<std::uint32_t>(env.non_empty("CRSH_IDLE_TIMEOUT").value_or("0"));
  const auto attributes = parse_number<int>(env.non_empty("CRSH_NUM_ATTR").value_or("0"));
  if (!idle || !attributes || *attributes < 0 || *attributes > kMaxAttributes) {
    return fail(Errc::invalid_argument, "CRSH_IDLE_TIMEOUT or CRSH_NUM_ATTR is no fitting number");
  }
  settings.idle_timeout = std::chrono::seconds(*idle);
  for (int i = 0; i < *attributes; ++i) {
    const std::string number = std::to_string(i);
    FABRIK_CHECK(read_attribute(env.get("CRSH_ATTR_KEY_" + number).value_or(""),
                                env.get("CRSH_ATTR_VALUE_" + number).value_or(""), settings));
  }
  // Both become part of a request's head.
  const auto breaks_out = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  if (std::ranges::any_of(settings.token + settings.prefix, breaks_out)) {
    return fail(Errc::invalid_argument, "the URL or the token has spaces or control characters");
  }
  return settings;
}

std::string path_of(const Settings& settings, std::string_view key) {
  const std::string hex = hex_of(key);
  switch (settings.layout) {
    case Layout::flat:
      return settings.prefix + "/" + hex;
    case Layout::bazel:
      return settings.prefix + "/ac/" + bazel_digits(hex);
    case Layout::subdirs:
      return settings.prefix + "/" +
             (hex.size() > 2 ? hex.substr(0, 2) + "/" + hex.substr(2) : hex);
  }
  std::unreachable();
}

}  // namespace fabrik::ccache_helper
