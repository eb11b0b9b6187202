#include "activate/activate_request.hpp"

#include <nlohmann/json.hpp>

#include "statefs/json_file.hpp"

namespace fabrik::activate {

std::string to_json(const ActivateRequest& request) {
  nlohmann::json json = {{"protocol", 1},
                         {"build", request.build},
                         {"version", request.version},
                         {"config_hash", request.source.config_hash()},
                         {"user_config", request.source.is_user_config},
                         {"trusted", request.trusted}};
  statefs::put_bytes(json, "executable", request.executable);
  statefs::put_bytes(json, "config_path", request.source.path.native());
  statefs::put_bytes(json, "config", request.source.content);
  return json.dump();
}

Result<ActivateRequest> parse_activate_request(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return fail(Errc::invalid_argument, "activate: the body is not a JSON object");
  }
  ActivateRequest request;
  request.source.path = statefs::get_bytes(json, "config_path");
  request.source.content = statefs::get_bytes(json, "config");
  request.source.is_user_config = statefs::get_bool(json, "user_config");
  request.build = statefs::get_string(json, "build");
  request.version = statefs::get_string(json, "version");
  request.executable = statefs::get_bytes(json, "executable");
  request.trusted = statefs::get_bool(json, "trusted");
  if (!request.source.path.is_absolute() ||
      request.source.config_hash() != statefs::get_string(json, "config_hash")) {
    return fail(Errc::invalid_argument,
                "activate: config_hash does not fit config_path and config");
  }
  return request;
}

}  // namespace fabrik::activate
