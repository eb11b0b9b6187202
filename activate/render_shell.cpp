#include "activate/render_shell.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "activate/variables.hpp"

namespace fabrik::activate {
namespace {

struct ShellName {
  std::string_view name;
  Shell shell;
};
constexpr std::array kShellNames = {
    ShellName{"bash", Shell::bash}, ShellName{"zsh", Shell::zsh},    ShellName{"fish", Shell::fish},
    ShellName{"sh", Shell::posix},  ShellName{"dash", Shell::posix}, ShellName{"ash", Shell::posix},
    ShellName{"ksh", Shell::posix},
};

// Lines end with a semicolon because `eval (fabrik activate fish)` joins them
// with blanks.
std::string set_line(Shell shell, const std::string& name, std::string_view value) {
  const std::string quoted = quote(shell, value);
  if (shell == Shell::fish) {
    return "set -gx " + name + " " + quoted + ";\n";
  }
  return "export " + name + "=" + quoted + ";\n";
}

std::string unset_line(Shell shell, const std::string& name) {
  if (shell == Shell::fish) {
    return "set -eg " + name + ";\n";
  }
  return "unset -v " + name + ";\n";
}

std::string set_unexported_line(Shell shell, const std::string& name, std::string_view value) {
  const std::string quoted = quote(shell, value);
  switch (shell) {
    case Shell::fish:
      return "set -gu " + name + " " + quoted + ";\n";
    case Shell::zsh:
      return "typeset -g +x " + name + "=" + quoted + ";\n";
    case Shell::bash:
      return "export -n " + name + "=" + quoted + ";\n";
    case Shell::posix:
      break;
  }
  return "unset -v " + name + "; " + name + "=" + quoted + ";\n";
}

std::string hook_line(Shell shell, const HookVariable& variable) {
  const std::string quoted = quote(shell, variable.value);
  switch (shell) {
    case Shell::fish:
      return "set -g " + variable.name + " " + quoted + ";\n";
    case Shell::zsh:
      return "typeset -g " + variable.name + "=" + quoted + ";\n";
    default:
      return variable.name + "=" + quoted + ";\n";
  }
}

bool is_identifier(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

Result<void> check(const Change& change) {
  if (change.name != kStateVariable && find_variable(change.name) == nullptr) {
    return fail(Errc::internal, "refusing to set " + change.name + ": it is not on fabrik's list");
  }
  if (change.value.contains('\0')) {
    return fail(Errc::internal, "refusing to set " + change.name + ": its value has a NUL byte");
  }
  return {};
}

Result<void> check(const HookVariable& variable) {
  if (!variable.name.starts_with("__fabrik_") || !is_identifier(variable.name) ||
      variable.value.contains('\0')) {
    return fail(Errc::internal, "refusing to set the hook variable " + variable.name);
  }
  return {};
}

std::string line(Shell shell, const Change& change) {
  switch (change.action) {
    case Change::Action::set:
      return set_line(shell, change.name, change.value);
    case Change::Action::set_unexported:
      return set_unexported_line(shell, change.name, change.value);
    case Change::Action::unset:
      break;
  }
  return unset_line(shell, change.name);
}

}  // namespace

std::optional<Shell> parse_shell(std::string_view name) {
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos) {
    name.remove_prefix(slash + 1);
  }
  if (name.starts_with('-')) {
    name.remove_prefix(1);
  }
  const auto found = std::ranges::find(kShellNames, name, &ShellName::name);
  return found == kShellNames.end() ? std::nullopt : std::optional(found->shell);
}

std::string_view name(Shell shell) {
  return std::ranges::find(kShellNames, shell, &ShellName::shell)->name;
}

std::string quote(Shell shell, std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (shell == Shell::fish && (c == '\'' || c == '\\')) {
      out += '\\';
      out += c;
    } else if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

Result<std::string> render(Shell shell, std::span<const Change> changes,
                           std::span<const HookVariable> hook_variables) {
  std::string out;
  for (const Change& change : changes) {
    FABRIK_CHECK(check(change));
    out += line(shell, change);
  }
  for (const HookVariable& variable : hook_variables) {
    FABRIK_CHECK(check(variable));
    out += hook_line(shell, variable);
  }
  return out;
}

Result<std::string> render_json(std::span<const Change> changes) {
  nlohmann::json out = {{"set", nlohmann::json::object()}, {"unset", nlohmann::json::array()}};
  for (const Change& change : changes) {
    FABRIK_CHECK(check(change));
    if (change.action == Change::Action::set) {
      out["set"][change.name] = change.value;
    } else {
      out["unset"].push_back(change.name);
    }
  }
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace fabrik::activate
