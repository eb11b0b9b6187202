#include <ostream>

#include "activate/activation.hpp"
#include "activate/control_client.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"
#include "cli/shell_name.hpp"

namespace fabrik::cli {
namespace {

// The worker drains first, which may take its graceful_shutdown_timeout.
constexpr std::chrono::milliseconds kStopTimeout = std::chrono::seconds(20);

constexpr Option kOptions[] = {
    {.name = "stop-daemon", .help = "Stop the project's daemon as well"},
    kShellOption,
    kFromHookOption,
};

// The project the shell is in, else the one the directory is in.
Result<std::optional<config::Source>> current_project(const Invocation& invocation) {
  const auto state = activate::state_of(invocation.env);
  if (!state.config_path.empty()) {
    return std::optional(config::Source{.path = state.config_path, .content = {}});
  }
  return find_source(invocation);
}

Result<void> stop_daemon(const Invocation& invocation) {
  FABRIK_TRY(const auto source, current_project(invocation));
  if (!source) {
    invocation.err << "fabrik: " << no_project_message() << "\n";
    return {};
  }
  FABRIK_TRY(const auto paths, statefs::paths_from(invocation.env));
  FABRIK_TRY(const bool stopped, activate::stop_daemon(paths, source->project_id(), kStopTimeout));
  invocation.err << "fabrik: "
                 << (stopped ? "stopped the daemon of " : "no daemon was running for ")
                 << display_path(source->path, invocation.env) << "\n";
  return {};
}

// The hook removes itself when it asked; evaluated by hand, this asks it to.
std::string remove_hook(activate::Shell shell) {
  switch (shell) {
    case activate::Shell::fish:
      return "functions -q __fabrik_forget; and functions -e fabrik; and __fabrik_forget;\n";
    case activate::Shell::bash:
    case activate::Shell::zsh:
      return "if typeset -f __fabrik_uninstall >/dev/null; then __fabrik_uninstall; fi;\n";
    case activate::Shell::posix:
      break;
  }
  return {};
}

Result<int> run_deactivate(const Invocation& invocation) {
  if (!invocation.arguments.empty()) {
    return fail(Errc::invalid_argument, "unexpected argument " + invocation.arguments.front() +
                                            "; name a shell with --shell");
  }
  FABRIK_TRY(const activate::Shell shell, choose_shell(invocation.value("shell"), invocation.env));
  const auto outcome = activate::deactivate(shell, invocation.env);
  FABRIK_TRY(const std::string text, activate::render(shell, outcome.changes));
  int status = kExitOk;
  if (invocation.has("stop-daemon")) {
    if (const auto stopped = stop_daemon(invocation); !stopped) {
      // The shell is left in any case.
      invocation.err << "fabrik: " << stopped.error().message << "\n";
      status = invocation.has("from-hook") ? kExitOk : exit_code(stopped.error().code);
    }
  }
  invocation.out << text;
  if (!invocation.has("from-hook")) {
    invocation.out << remove_hook(shell);
    if (invocation.out_is_terminal) {
      invocation.err << "fabrik: this prints what the shell has to evaluate: "
                     << (shell == activate::Shell::fish ? "fabrik deactivate | source"
                                                        : "eval \"$(fabrik deactivate)\"")
                     << "\n";
    }
  }
  return status;
}

}  // namespace

const Command kDeactivateCommand = {
    .name = "deactivate",
    .arguments = "",
    .summary = "Leave the project and remove the hook from this shell",
    .details =
        "In a shell with the hook this takes effect at once: every variable gets back the value\n"
        "it had, and the hook is gone until you evaluate `fabrik activate` again. Elsewhere it\n"
        "prints the code that does it:\n"
        "\n"
        "  eval \"$(fabrik deactivate)\"\n"
        "  fabrik deactivate | source      # fish\n"
        "\n"
        "The daemon stays, for other shells, unless --stop-daemon is given.\n",
    .options = kOptions,
    .run = run_deactivate,
};

}  // namespace fabrik::cli
