#include "adapters/oci/routes.hpp"

#include <optional>

#include "net/http_message.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kRoot = "/v2";

// Takes the last segment off; the slash before it goes too.
std::string_view pop(std::string_view& path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view last = path.substr(slash + 1);
  path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
  return last;
}

OciTarget target(OciRoute route, std::string_view repository, std::string_view reference) {
  return {
      .route = route, .repository = std::string(repository), .reference = std::string(reference)};
}

// `path` is what stands behind "/v2/". Read from the end: "blobs" and "manifests"
// may also be part of a repository's name.
OciTarget parse(std::string_view path) {
  std::string_view rest = path;
  const std::string_view last = pop(rest);
  const std::string_view before = pop(rest);
  std::string_view above = rest;
  const bool in_blobs = pop(above) == "blobs";
  if (before == "uploads" && in_blobs) {
    return target(last.empty() ? OciRoute::uploads : OciRoute::upload, above, last);
  }
  if (before == "blobs" && last == "uploads") {
    return target(OciRoute::uploads, rest, "");
  }
  if (before == "tags" && last == "list") {
    return target(OciRoute::tags, rest, "");
  }
  if (last.empty()) {
    return {};
  }
  if (before == "blobs") {
    return target(OciRoute::blob, rest, last);
  }
  if (before == "manifests") {
    return target(OciRoute::manifest, rest, last);
  }
  return before == "referrers" ? target(OciRoute::referrers, rest, last) : OciTarget{};
}

}  // namespace

bool is_oci_path(std::string_view path) {
  return path.starts_with(kRoot) && (path.size() == kRoot.size() || path[kRoot.size()] == '/');
}

OciTarget parse_oci_path(std::string_view path) {
  const std::optional<std::string> decoded = net::percent_decode(path);
  if (!decoded || !is_oci_path(*decoded)) {
    return {};
  }
  const std::string_view rest = std::string_view(*decoded).substr(kRoot.size());
  if (rest.size() <= 1) {
    return {.route = OciRoute::ping, .repository = {}, .reference = {}};
  }
  if (rest == "/_catalog") {
    return {.route = OciRoute::catalog, .repository = {}, .reference = {}};
  }
  return parse(rest.substr(1));
}

}  // namespace fabrik::adapters
