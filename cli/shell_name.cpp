#include "cli/shell_name.hpp"

#include <unistd.h>

#include "base/fs.hpp"

namespace fabrik::cli {

Result<activate::Shell> choose_shell(std::string_view given, const Env& env) {
  if (!given.empty()) {
    if (const auto shell = activate::parse_shell(given)) {
      return *shell;
    }
    return fail(Errc::invalid_argument,
                "unknown shell \"" + std::string(given) +
                    "\"; there are bash, zsh, fish and sh, and --format json for others");
  }
  auto caller = read_file("/proc/" + std::to_string(::getppid()) + "/comm", 64);
  if (caller) {
    caller->erase(caller->find_last_not_of('\n') + 1);
    if (const auto shell = activate::parse_shell(*caller)) {
      return *shell;
    }
  }
  return activate::parse_shell(env.get("SHELL").value_or("")).value_or(activate::Shell::bash);
}

}  // namespace fabrik::cli
