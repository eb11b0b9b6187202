#include <ostream>

#include "activate/gradle_home.hpp"
#include "cli/commands.hpp"
#include "cli/setup/gradle.hpp"
#include "cli/style.hpp"

namespace fabrik::cli {
namespace {

using setup::GradleState;

constexpr Option kOptions[] = {
    {.name = "undo", .help = "Remove what this command installed, and nothing else"},
    {.name = "gradle-user-home",
     .value = "DIR",
     .help = "Where Gradle keeps its settings (default: ~/.gradle)",
     .env = "GRADLE_USER_HOME"},
};

// Tools that read their settings from the environment: inside a project with
// the hook loaded there is nothing to install.
constexpr std::string_view kEnvironmentOnly[] = {"nx", "turborepo", "ccache", "rush", "moon"};

std::string describe(GradleState state, const Style& style) {
  switch (state) {
    case GradleState::missing:
      return style.warning("not set up") + "  run: fabrik setup gradle";
    case GradleState::current:
      return style.good("set up");
    case GradleState::outdated:
      return style.warning("of another version") + "  run: fabrik setup gradle";
    case GradleState::foreign:
      return style.bad("in the way") + "  not written by fabrik, or edited";
  }
  return {};
}

Result<std::filesystem::path> script_path(const Invocation& invocation) {
  if (const auto given = invocation.value("gradle-user-home"); !given.empty()) {
    return activate::gradle_script_path(std::filesystem::absolute(given));
  }
  FABRIK_TRY(const auto home, activate::gradle_user_home(invocation.env));
  return activate::gradle_script_path(home);
}

Result<int> list_tools(const Invocation& invocation) {
  FABRIK_TRY(const auto script, script_path(invocation));
  const Style style(invocation.colour);
  invocation.out << "gradle     " << describe(setup::gradle_state(script), style) << "  "
                 << style.dim(script.string()) << "\n";
  for (const auto tool : kEnvironmentOnly) {
    invocation.out << tool << std::string(11 - tool.size(), ' ') << style.good("nothing to do")
                   << "  reads its environment variables\n";
  }
  return kExitOk;
}

Result<int> undo_gradle(const Invocation& invocation) {
  FABRIK_TRY(const auto script, script_path(invocation));
  FABRIK_TRY(const auto found, setup::remove_gradle(script));
  invocation.out << (found == GradleState::missing ? "Nothing to remove at " : "Removed ")
                 << script.string() << "\n";
  return kExitOk;
}

Result<int> setup_gradle(const Invocation& invocation) {
  FABRIK_TRY(const auto script, script_path(invocation));
  FABRIK_TRY(const auto found, setup::install_gradle(script));
  if (found == GradleState::current) {
    invocation.out << "Already set up: " << script.string() << "\n";
    return kExitOk;
  }
  invocation.out << (found == GradleState::outdated ? "Updated " : "Installed ") << script.string()
                 << "\nGradle builds inside a project with a fabrik.toml now use its cache.\n"
                 << "Undo: fabrik setup gradle --undo\n";
  return kExitOk;
}

Result<int> run_setup(const Invocation& invocation) {
  if (invocation.arguments.empty()) {
    if (invocation.has("undo")) {
      return fail(Errc::invalid_argument, "--undo needs the name of a tool: gradle");
    }
    return list_tools(invocation);
  }
  const std::string& tool = invocation.arguments.front();
  if (invocation.arguments.size() > 1) {
    return fail(Errc::invalid_argument, "one tool at a time, please");
  }
  if (tool == "gradle") {
    return invocation.has("undo") ? undo_gradle(invocation) : setup_gradle(invocation);
  }
  for (const auto known : kEnvironmentOnly) {
    if (tool == known) {
      invocation.out << tool << " needs no set-up: it reads its environment variables.\n";
      return kExitOk;
    }
  }
  return fail(Errc::invalid_argument, "there is nothing to set up for '" + tool +
                                          "'. Run fabrik setup for the list of tools.");
}

}  // namespace

const Command kSetupCommand = {
    .name = "setup",
    .arguments = "[gradle]",
    .summary = "Set a build tool up that does not read the environment",
    .details =
        "Without a tool, lists all tools and their state.\n"
        "\n"
        "gradle: installs init.d/fabrik.gradle into the Gradle user home. It adds the\n"
        "project's fabrik daemon as the remote build cache of every build, unless the\n"
        "build has a remote cache of its own or the build cache was switched off\n"
        "(--no-build-cache, org.gradle.caching=false, FABRIK_GRADLE=off). A file that\n"
        "fabrik did not write, or that was edited, is never touched.\n",
    .options = kOptions,
    .run = run_setup,
};

}  // namespace fabrik::cli
