// Where the user is: the project a command is about.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "cli/command.hpp"
#include "config/discover.hpp"
#include "statefs/paths.hpp"

namespace fabrik::cli {

// The option of every command that is about one project.
inline constexpr Option kConfigOption = {.name = "config",
                                         .letter = 'c',
                                         .value = "FILE",
                                         .help = "Use this fabrik.toml, not the nearest one",
                                         .env = "FABRIK_CONFIG"};
inline constexpr Option kJsonOption = {.name = "json", .help = "Print JSON", .env = "FABRIK_JSON"};

// The file named by --config (or FABRIK_CONFIG), else the nearest from the
// working directory upwards. nullopt: there is none.
Result<std::optional<config::Source>> find_source(const Invocation& invocation);

// The same, but not being in a project is an error that says what to do.
Result<config::Source> require_source(const Invocation& invocation);

// "no fabrik.toml in <directory> or above"
std::string no_project_message();

// `path` with the user's home directory as "~".
std::string display_path(const std::filesystem::path& path, const Env& env);

}  // namespace fabrik::cli
