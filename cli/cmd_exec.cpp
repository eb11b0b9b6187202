#include "cli/become.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"
#include "cli/set_option.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    kSetOption,
    kConfigOption,
    {.name = "verbose", .letter = 'v', .help = "Say which variables are set"},
};

Result<int> run_exec(const Invocation& invocation) {
  if (invocation.arguments.empty()) {
    return fail(Errc::invalid_argument, "which command? For example: fabrik exec -- make");
  }
  FABRIK_TRY(const Env caller, env_with_settings(invocation));
  warn_about_running_daemon(invocation, "exec");
  return become(invocation.arguments, enter_project(invocation, caller).env, invocation);
}

}  // namespace

const Command kExecCommand = {
    .name = "exec",
    .arguments = "-- COMMAND [ARGUMENT...]",
    .summary = "Run one command with the project's variables",
    .details =
        "For scripts, CI jobs and IDEs, where no shell hook runs: starts the project's daemon\n"
        "unless it runs, sets the variables and becomes the command. Outside a project, or when\n"
        "the cache cannot be used, the command runs without it. The exit status is the\n"
        "command's; 127: there is no such command, 126: it cannot be run.\n"
        "\n"
        "Examples:\n"
        "  fabrik exec -- ./gradlew build\n"
        "  fabrik exec --set build_tools.enabled=ccache -- make\n",
    .options = kOptions,
    .takes_command = true,
    .run = run_exec,
};

}  // namespace fabrik::cli
