#include "activate/restart_request.hpp"

#include <nlohmann/json.hpp>

namespace fabrik::activate {
namespace {

bool is_setting(std::string_view name) {
  return name.starts_with("FABRIK_CONFIG_") && name != "FABRIK_CONFIG_HASH";
}

}  // namespace

std::string restart_request(const Env& env) {
  nlohmann::json settings = nlohmann::json::object();
  for (const auto& [name, value] : env.all()) {
    if (is_setting(name)) {
      settings[name] = value;
    }
  }
  const nlohmann::json request = {{"environment", std::move(settings)}};
  return request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<std::optional<Env::Map>> parse_restart_request(std::string_view body) {
  if (body.empty()) {
    return std::nullopt;
  }
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) {
    return fail(Errc::invalid_argument, "restart: the body is not a JSON object");
  }
  const auto settings = json.find("environment");
  if (settings == json.end()) {
    return std::nullopt;
  }
  Env::Map variables;
  for (const auto& [name, value] : settings->items()) {
    if (!is_setting(name) || !value.is_string()) {
      return fail(Errc::invalid_argument, "restart: " + name + " is no setting");
    }
    variables.emplace(name, value.get<std::string>());
  }
  return variables;
}

Env replace_settings(const Env& env, const Env::Map& settings) {
  Env::Map variables = env.all();
  std::erase_if(variables, [](const auto& item) { return is_setting(item.first); });
  variables.insert(settings.begin(), settings.end());
  return Env(std::move(variables));
}

}  // namespace fabrik::activate
