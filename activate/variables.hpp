// Every environment variable fabrik may ever set in somebody's shell. Nothing
// outside this table is planned, rendered or restored, whatever a config file
// or an inherited shell state says.
#pragma once

#include <span>
#include <string_view>

namespace fabrik::activate {

struct Variable {
  std::string_view name;
  std::string_view tool;     // as in build_tools.enabled; empty: set in every project
  std::string_view meaning;  // for the documentation
  // Not empty: the variable is a list of words that the user may have too, and
  // ours is the one word that starts with this.
  std::string_view word = {};
  // A second word of ours, exactly this, for users without one of their own.
  std::string_view also = {};
};

// In the order in which they are exported.
std::span<const Variable> variables();

// nullptr: not one of ours.
const Variable* find_variable(std::string_view name);

// What carries the shell state (shell_state.hpp) from one prompt to the next.
inline constexpr std::string_view kStateVariable = "__FABRIK_STATE";

// How a hook tells what its shell has not exported (shell_view.hpp).
inline constexpr std::string_view kShellValuePrefix = "__FABRIK_V_";
inline constexpr std::string_view kUniversalVariable = "__FABRIK_UNIVERSAL";
inline constexpr std::string_view kFreshVariable = "__FABRIK_FRESH";
inline constexpr std::string_view kToldVariable = "__FABRIK_TOLD";

}  // namespace fabrik::activate
