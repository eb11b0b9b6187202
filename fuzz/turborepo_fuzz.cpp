// Turborepo's paths, query strings and JSON bodies. The first byte says which.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/turborepo/json.hpp"
#include "adapters/turborepo/routes.hpp"

namespace {

using namespace fabrik;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void fuzz_path(std::string_view path) {
  const adapters::TurboTarget target = adapters::parse_turbo_path(path);
  require((target.route == adapters::TurboRoute::artifact) == !target.hash.empty());
  if (target.route != adapters::TurboRoute::unknown) {
    require(adapters::is_turbo_path(path));
  }
  if (!target.hash.empty()) {
    require(adapters::is_turbo_hash(target.hash));
    require(path == "/v8/artifacts/" + std::string(target.hash));
  }
}

void fuzz_namespace(std::string_view query) {
  const Result<std::string> ns = adapters::turbo_namespace(query);
  if (ns) {
    require(ns->empty() || ns->starts_with("team:") || ns->starts_with("slug:"));
    require(ns->size() <= 5 + 256);
    require(ns->find('\0') == std::string::npos);
  }
}

void fuzz_bodies(std::string_view body) {
  adapters::is_turbo_events(body);
  const auto hashes = adapters::parse_turbo_query(body);
  if (!hashes) {
    return;
  }
  adapters::TurboFound found;
  for (const std::string& hash : *hashes) {
    found.emplace_back(hash,
                       found.size() % 2 == 0 ? std::optional(cache::EntryInfo{}) : std::nullopt);
  }
  require(adapters::is_turbo_events(adapters::turbo_query_json(found)));
}

void fuzz_answers(std::string_view text) {
  cache::EntryInfo info;
  info.meta.headers = {{std::string(adapters::kTurboTag), std::string(text)},
                       {std::string(adapters::kTurboDuration), std::string(text)}};
  require(adapters::is_turbo_events(adapters::turbo_query_json({{std::string(text), info}})));
  require(adapters::is_turbo_events(adapters::turbo_error_json(text, text)));
  require(adapters::is_turbo_events(adapters::turbo_uploaded_json(text)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      fuzz_path(text);
      break;
    case 1:
      fuzz_namespace(text);
      break;
    case 2:
      fuzz_bodies(text);
      break;
    default:
      fuzz_answers(text);
  }
  return 0;
}
