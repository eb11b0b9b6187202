#include "adapters/turborepo/routes.hpp"

#include <optional>

#include "adapters/shared/keys.hpp"
#include "net/http_message.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kRoot = "/v8/artifacts";
constexpr std::size_t kMaxTeam = 256;

// The first parameter of that name, still encoded; empty counts as not there.
std::optional<std::string_view> raw_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
      const std::string_view value = pair.substr(name.size() + 1);
      return value.empty() ? std::nullopt : std::optional(value);
    }
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
  return std::nullopt;
}

Result<std::string> tagged(std::string_view tag, std::string_view encoded) {
  const std::optional<std::string> value = net::percent_decode(encoded, true);
  if (!value || value->size() > kMaxTeam) {
    return fail(Errc::invalid_argument, "teamId or slug is malformed or over 256 bytes");
  }
  return std::string(tag) + *value;
}

}  // namespace

bool is_turbo_path(std::string_view path) {
  return path.starts_with(kRoot) && (path.size() == kRoot.size() || path[kRoot.size()] == '/');
}

bool is_turbo_hash(std::string_view hash) {
  return is_word_key(hash) && hash != "status" && hash != "events";
}

TurboTarget parse_turbo_path(std::string_view path) {
  if (!is_turbo_path(path)) {
    return {};
  }
  const std::string_view rest = path.substr(kRoot.size());
  if (rest.empty() || rest == "/") {
    return {.route = TurboRoute::query, .hash = {}};
  }
  if (rest == "/status") {
    return {.route = TurboRoute::status, .hash = {}};
  }
  if (rest == "/events") {
    return {.route = TurboRoute::events, .hash = {}};
  }
  if (is_turbo_hash(rest.substr(1))) {
    return {.route = TurboRoute::artifact, .hash = rest.substr(1)};
  }
  return {};
}

Result<std::string> turbo_namespace(std::string_view query) {
  if (const auto team = raw_parameter(query, "teamId")) {
    return tagged("team:", *team);
  }
  if (const auto slug = raw_parameter(query, "slug")) {
    return tagged("slug:", *slug);
  }
  return std::string();
}

}  // namespace fabrik::adapters
