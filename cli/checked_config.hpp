// For commands that can do nothing with a wrong configuration: all end alike.
#pragma once

#include <optional>

#include "cli/command.hpp"
#include "config/discover.hpp"
#include "config/load.hpp"

namespace fabrik::cli {

// How much the file may say: `fabrik trust`, the user's own file, FABRIK_TRUST=1.
config::Trust trust_in(const config::Source& source, const Env& env);

// nullopt: the configuration is right. Otherwise says what is wrong, with file, line
// and column, and gives the exit status. `env` may hold settings of --set.
std::optional<int> refuse_wrong_config(const Invocation& invocation, const config::Source& source,
                                       const Env& env, config::Trust trust);

}  // namespace fabrik::cli
