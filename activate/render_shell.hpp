// Changes as code that a shell evaluates, or as JSON. Output is assignments and
// unsets only, one per line; every value is single-quoted for its shell.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "activate/env_diff.hpp"
#include "base/result.hpp"

namespace fabrik::activate {

enum class Shell { bash, zsh, fish, posix };

// "bash", "zsh", "fish"; "sh", "dash", "ash" and "ksh" are posix. A path or a
// login shell's leading dash is accepted: "-bash", "/usr/bin/fish".
std::optional<Shell> parse_shell(std::string_view name);
std::string_view name(Shell shell);

// One word of that shell whose value is `value`, whatever bytes it has.
// Precondition: no NUL, which no environment variable can hold.
std::string quote(Shell shell, std::string_view value);

// A variable of the hook itself: never exported, not in variables.hpp.
struct HookVariable {
  std::string name;  // starts with "__fabrik_"
  std::string value;
};

// internal: a name that is neither in variables.hpp nor kStateVariable, or a
// value with a NUL byte. Nothing is rendered then.
Result<std::string> render(Shell shell, std::span<const Change> changes,
                           std::span<const HookVariable> hook_variables = {});

// {"set": {"NAME": "value"}, "unset": ["NAME"]}, for shells that read data rather
// than code (nushell, elvish, pwsh). Bytes that are no UTF-8 become U+FFFD.
Result<std::string> render_json(std::span<const Change> changes);

}  // namespace fabrik::activate
