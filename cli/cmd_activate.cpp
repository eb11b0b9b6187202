#include <ostream>

#include "activate/activation.hpp"
#include "activate/hook_text.hpp"
#include "activate/services.hpp"
#include "cli/commands.hpp"
#include "cli/set_option.hpp"
#include "cli/shell_name.hpp"

namespace fabrik::cli {
namespace {

// What a prompt may wait for a daemon that is starting; it goes on without us.
constexpr std::chrono::milliseconds kPromptDeadline = std::chrono::seconds(2);

constexpr Option kOptions[] = {
    {.name = "status", .help = "Print what this directory asks the shell to set"},
    kShellOption,
    {.name = "format",
     .value = "shell|json",
     .help = "With --status: code to evaluate (default), or data"},
    kSetOption,
    kFromHookOption,
};

void explain(const Invocation& invocation) {
  invocation.out << "One line in your shell's start-up file activates fabrik:\n\n"
                    "  bash  ~/.bashrc                   eval \"$(fabrik activate bash)\"\n"
                    "  zsh   ~/.zshrc                    eval \"$(fabrik activate zsh)\"\n"
                    "  fish  ~/.config/fish/config.fish  fabrik activate fish | source\n\n"
                    "Put it at the end of the file and open a new shell. From then on every\n"
                    "directory with a fabrik.toml in it or above it has its build cache.\n"
                    "In a script or a CI job: fabrik exec -- COMMAND\n";
}

Result<int> print_hook(const Invocation& invocation, activate::Shell shell) {
  FABRIK_TRY(const std::string text, activate::hook_text(shell, invocation.executable));
  invocation.out << text;
  return kExitOk;
}

Result<std::string> render(const activate::Outcome& outcome, activate::Shell shell,
                           const Invocation& invocation) {
  if (invocation.value("format", "shell") == "json") {
    return activate::render_json(outcome.changes);
  }
  return activate::render(
      shell, outcome.changes,
      invocation.has("from-hook") ? outcome.hook_variables : std::vector<activate::HookVariable>());
}

// A shell evaluates this: whatever happens, the exit status is 0 and standard
// output is complete or empty.
int print_status(const Invocation& invocation, activate::Shell shell, const Env& env) {
  warn_about_running_daemon(invocation, "activate");
  const auto services = activate::services_for(env, invocation.executable, kPromptDeadline);
  const auto outcome = activate::activate(shell, env, services);
  for (const std::string& notice : outcome.notices) {
    invocation.err << "fabrik: " << notice << "\n";
  }
  if (const auto text = render(outcome, shell, invocation)) {
    invocation.out << *text;
  } else {
    invocation.err << "fabrik: " << text.error().message << "\n";
  }
  return kExitOk;
}

Result<int> run_activate(const Invocation& invocation) {
  const std::string format = invocation.value("format", "shell");
  if (format != "shell" && format != "json") {
    return fail(Errc::invalid_argument, "--format " + format + ": there are shell and json");
  }
  if (invocation.arguments.size() > 1) {
    return fail(Errc::invalid_argument, "one shell at a time: bash, zsh or fish");
  }
  const bool named = !invocation.arguments.empty() || invocation.has("shell");
  const std::string given =
      invocation.arguments.empty() ? invocation.value("shell") : invocation.arguments.front();
  FABRIK_TRY(const activate::Shell shell, choose_shell(given, invocation.env));
  FABRIK_TRY(const Env env, env_with_settings(invocation));
  if (invocation.has("status")) {
    return print_status(invocation, shell, env);
  }
  if (invocation.has(kSetOption.name)) {
    return fail(Errc::invalid_argument,
                "--set goes with --status; for every shell, export the key's FABRIK_CONFIG_ "
                "variable before the hook, or write it into fabrik.toml");
  }
  if (!named && invocation.out_is_terminal) {
    explain(invocation);
    return kExitOk;
  }
  return print_hook(invocation, shell);
}

}  // namespace

const Command kActivateCommand = {
    .name = "activate",
    .arguments = "[bash|zsh|fish]",
    .summary = "Print the shell hook, or what this directory sets",
    .details =
        "Put one of these into your shell's start-up file:\n"
        "\n"
        "  eval \"$(fabrik activate bash)\"\n"
        "  eval \"$(fabrik activate zsh)\"\n"
        "  fabrik activate fish | source\n"
        "\n"
        "With --status it does what the hook asks for: finds the fabrik.toml that rules the\n"
        "working directory, starts its daemon unless it runs, and prints the variables to set\n"
        "or to put back. That also works in a shell without the hook:\n"
        "\n"
        "  eval \"$(fabrik activate --status --shell sh)\"\n"
        "\n"
        "FABRIK_DISABLE=1 makes it behave as if there were no project. It never fails a shell:\n"
        "problems are one line on standard error, and the exit status is 0.\n",
    .options = kOptions,
    .run = run_activate,
};

}  // namespace fabrik::cli
