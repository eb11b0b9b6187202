#include "activate/hook_text.hpp"

#include "activate/variables.hpp"
#include "shell-hooks/hooks.hpp"

namespace fabrik::activate {
namespace {

void replace_all(std::string& text, std::string_view mark, std::string_view with) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size())) {
    text.replace(at, mark.size(), with);
  }
}

std::string names() {
  std::string list;
  for (const Variable& variable : variables()) {
    list += (list.empty() ? "" : " ") + std::string(variable.name);
  }
  return list;
}

// bash and zsh: something, if at least one of them is set.
std::string any() {
  std::string word;
  for (const Variable& variable : variables()) {
    word += "${" + std::string(variable.name) + "+x}";
  }
  return word;
}

// fish: hand over what is set, and which of it lives in the universal scope.
std::string collect_for_fish() {
  std::string lines;
  for (const Variable& variable : variables()) {
    const std::string name(variable.name);
    lines += (lines.empty() ? "" : "\n        ") + ("set -q " + name + "; and set -lx ") +
             std::string(kShellValuePrefix) + name + " \"$" + name + "\";\n        set -qU " +
             name + "; and not set -qg " + name + "; and set -a " +
             std::string(kUniversalVariable) + " " + name + ";";
  }
  return lines;
}

}  // namespace

Result<std::string> hook_text(Shell shell, const std::filesystem::path& executable) {
  if (shell == Shell::posix) {
    return fail(Errc::invalid_argument,
                "there is no hook for a plain POSIX shell; use bash, zsh or fish, or "
                "eval \"$(fabrik activate --status --shell sh)\" in a script");
  }
  std::string text(shell == Shell::bash  ? shell_hooks::bash_hook()
                   : shell == Shell::zsh ? shell_hooks::zsh_hook()
                                         : shell_hooks::fish_hook());
  replace_all(text, "@names@", names());
  replace_all(text, "@any@", any());
  replace_all(text, "@count@", std::to_string(variables().size()));
  replace_all(text, "@collect@", collect_for_fish());
  // Last, and only once: a path may hold anything.
  replace_all(text, "@fabrik@", quote(shell, executable.native()));
  return text;
}

}  // namespace fabrik::activate
