// The systemd user unit that runs one project's daemon. Pure.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.hpp"

namespace fabrik::cli::service {

struct UnitSpec {
  std::filesystem::path executable;   // this `fabrik`, absolute
  std::filesystem::path config_path;  // fabrik.toml, canonical
  std::vector<std::string> settings;  // KEY=VALUE, for --set
  // NAME=value of what places files (XDG_*), where the user has set it: the
  // service must find the same state as the user's shells.
  std::vector<std::string> environment;
};

// "fabrik-<project id>.service"
std::string unit_name(std::string_view project_id);
// Whether `file_name` is one that unit_name() makes.
bool is_unit_name(std::string_view file_name);

// The text of the unit file. Its first line tells that it is ours.
std::string unit_text(const UnitSpec& spec);
bool is_ours(std::string_view text);

// The XDG_ variables of `env` that a service does not get by itself.
std::vector<std::string> placing_variables(const Env& env);

// One word of a unit file, whatever bytes it has: systemd.unit(5) "Specifiers",
// systemd.syntax(7) "Quoting". An argument of a command doubles "$", too, which
// the program itself and assignments must not (systemd.service(5) "Command lines").
std::string unit_word(std::string_view text);
std::string unit_argument(std::string_view text);

}  // namespace fabrik::cli::service
