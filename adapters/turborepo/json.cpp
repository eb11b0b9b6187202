#include "adapters/turborepo/json.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace fabrik::adapters {
namespace {

using Json = nlohmann::json;

// Never throws, whatever bytes a header or a key had.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<std::string_view> header(const cache::EntryInfo& info, std::string_view name) {
  for (const auto& [field, value] : info.meta.headers) {
    if (field == name) {
      return value;
    }
  }
  return std::nullopt;
}

std::uint64_t duration_ms(const cache::EntryInfo& info) {
  const std::string_view text = header(info, kTurboDuration).value_or("");
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

Json describe(const cache::EntryInfo& info) {
  Json json = {{"size", info.blob.size}, {"taskDurationMs", duration_ms(info)}};
  if (const auto tag = header(info, kTurboTag)) {
    json["tag"] = std::string(*tag);
  }
  return json;
}

}  // namespace

Result<std::vector<std::string>> parse_turbo_query(std::string_view body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("hashes") || !json["hashes"].is_array()) {
    return fail(Errc::invalid_argument, "body must be {\"hashes\": [...]}");
  }
  std::vector<std::string> hashes;
  for (const Json& hash : json["hashes"]) {
    if (!hash.is_string()) {
      return fail(Errc::invalid_argument, "every hash must be a string");
    }
    hashes.push_back(hash.get<std::string>());
  }
  return hashes;
}

bool is_turbo_events(std::string_view body) {
  return Json::accept(body);
}

std::string turbo_query_json(const TurboFound& found) {
  Json json = Json::object();
  for (const auto& [hash, info] : found) {
    json[hash] = info ? describe(*info) : Json(nullptr);
  }
  return dump(json);
}

std::string turbo_uploaded_json(std::string_view url) {
  return dump({{"urls", Json::array({std::string(url)})}});
}

std::string turbo_error_json(std::string_view code, std::string_view message) {
  return dump({{"error", {{"code", std::string(code)}, {"message", std::string(message)}}}});
}

}  // namespace fabrik::adapters
