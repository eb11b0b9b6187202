// What one shell has in the variables of variables.hpp at this moment, exported
// or not.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/env.hpp"

namespace fabrik::activate {

struct VariableState {
  enum class Kind { unset, exported, unexported };

  Kind kind = Kind::unset;
  bool universal = false;  // fish: lives in the universal scope, not in the session
  std::string value = {};

  bool operator==(const VariableState&) const = default;
};

using ShellView = std::map<std::string, VariableState, std::less<>>;  // one entry per variable

// The process environment tells what is exported. A hook adds kShellValuePrefix +
// NAME for each variable that is set at all, and kUniversalVariable with the
// universal ones (fish).
ShellView view_from(const Env& env);

// The environment build tools see: `env` with the exported variables of `view`
// in place of its own, and without what fabrik passes to itself.
Env environment_of(const ShellView& view, const Env& env);

}  // namespace fabrik::activate
