#include "adapters/bazel/routes.hpp"

#include <vector>

#include "adapters/shared/keys.hpp"
#include "net/http_message.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMaxNamespace = 256;

// Without the empty ones: moon without an instance sends two slashes in a row.
std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    if (end != 0) {
      segments.push_back(path.substr(0, end));
    }
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return segments;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  return start == std::string_view::npos
             ? std::string_view{}
             : text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

// "q=0", "q=0.0" and the like.
bool is_refusal(std::string_view parameters) {
  const std::size_t quality = parameters.find("q=0");
  return quality != std::string_view::npos &&
         parameters.find_first_of("123456789", quality) == std::string_view::npos;
}

}  // namespace

std::optional<BazelTarget> parse_bazel_path(std::string_view path) {
  std::vector<std::string_view> segments = segments_of(path);
  if (segments.size() < 2 || path.ends_with('/')) {
    return std::nullopt;
  }
  const std::string_view hash = segments.back();
  segments.pop_back();
  const std::string_view store = segments.back();
  segments.pop_back();
  if (store != "ac" && store != "cas") {
    return std::nullopt;
  }
  BazelTarget target;
  target.store = store == "ac" ? BazelStore::action_cache : BazelStore::blobs;
  for (const std::string_view segment : segments) {
    target.ns += (target.ns.empty() ? "" : "/") + std::string(segment);
  }
  if (!target.ns.empty()) {
    std::optional<std::string> ns = nested_key(target.ns);
    if (!ns || ns->size() > kMaxNamespace) {
      return std::nullopt;
    }
    target.ns = *std::move(ns);
  }
  if (const Result<Digest> digest = Digest::from_hex(hash)) {
    target.hash = *digest;
  }
  return target;
}

bool accepts(std::string_view header, std::string_view what) {
  while (!header.empty()) {
    const std::size_t end = header.find(',');
    const std::string_view item = header.substr(0, end);
    const std::size_t semicolon = item.find(';');
    if (net::equal_ignoring_case(trimmed(item.substr(0, semicolon)), what)) {
      return semicolon == std::string_view::npos || !is_refusal(item.substr(semicolon));
    }
    header.remove_prefix(end == std::string_view::npos ? header.size() : end + 1);
  }
  return false;
}

}  // namespace fabrik::adapters
