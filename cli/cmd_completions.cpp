#include <ostream>

#include "cli/commands.hpp"
#include "cli/completions.hpp"

namespace fabrik::cli {
namespace {

Result<int> run_completions(const Invocation& invocation) {
  if (invocation.arguments.size() != 1) {
    return fail(Errc::invalid_argument, "say for which shell: bash, zsh or fish");
  }
  const std::string& shell = invocation.arguments.front();
  if (shell == "bash") {
    invocation.out << bash_completions();
  } else if (shell == "zsh") {
    invocation.out << zsh_completions();
  } else if (shell == "fish") {
    invocation.out << fish_completions();
  } else {
    return fail(Errc::invalid_argument,
                "no completions for \"" + shell + "\"; there are some for bash, zsh and fish");
  }
  return kExitOk;
}

}  // namespace

const Command kCompletionsCommand = {
    .name = "completions",
    .arguments = "bash|zsh|fish",
    .summary = "Print tab completions for a shell",
    .details =
        "The packages install them. Otherwise, in the shell's rc file:\n"
        "  eval \"$(fabrik completions bash)\"       ~/.bashrc\n"
        "  eval \"$(fabrik completions zsh)\"        ~/.zshrc, after compinit\n"
        "  fabrik completions fish | source        ~/.config/fish/config.fish\n",
    .options = {},
    .run = run_completions,
};

}  // namespace fabrik::cli
