// The body of POST /v1/restart: the settings a fresh worker takes from the
// environment of whoever asks, {"environment": {"FABRIK_CONFIG_...": "..."}}.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/env.hpp"
#include "base/result.hpp"

namespace fabrik::activate {

// With the FABRIK_CONFIG_ variables of `env`.
std::string restart_request(const Env& env);

// nullopt: keep the settings there are ("{}" or no body). invalid_argument: no
// such object, or a variable that is no setting.
Result<std::optional<Env::Map>> parse_restart_request(std::string_view body);

// `env` with `settings` in place of its own FABRIK_CONFIG_ variables.
Env replace_settings(const Env& env, const Env::Map& settings);

}  // namespace fabrik::activate
