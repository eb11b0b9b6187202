#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/commands.hpp"
#include "cli/project.hpp"
#include "cli/setup/tools.hpp"
#include "cli/status_json.hpp"
#include "cli/style.hpp"

namespace fabrik::cli {
namespace {

using setup::FileState;

constexpr Option kOptions[] = {
    {.name = "list", .letter = 'l', .help = "Show all tools and their state, changing nothing"},
    {.name = "undo", .help = "Remove what this command installed, and nothing else"},
    {.name = "gradle-user-home",
     .value = "DIR",
     .help = "Where Gradle keeps its settings (default: ~/.gradle)",
     .env = "GRADLE_USER_HOME"},
    kJsonOption,
};

std::string_view word(FileState state) {
  switch (state) {
    case FileState::missing:
      return "missing";
    case FileState::current:
      return "current";
    case FileState::outdated:
      return "outdated";
    case FileState::foreign:
      break;
  }
  return "foreign";
}

std::string describe(const setup::Tool& tool, FileState state, const Style& style) {
  const std::string cure = "  run: fabrik setup " + std::string(tool.name);
  switch (state) {
    case FileState::missing:
      return style.warning("not set up") + cure;
    case FileState::current:
      return style.good("set up");
    case FileState::outdated:
      return style.warning("of another version") + cure;
    case FileState::foreign:
      break;
  }
  return style.bad("in the way") + "  not written by fabrik, or edited";
}

std::string column(std::string_view name) {
  return std::string(name) + std::string(name.size() < 11 ? 11 - name.size() : 1, ' ');
}

Result<int> list_json(const Invocation& invocation) {
  auto list = nlohmann::ordered_json::array();
  for (const setup::Tool& tool : setup::tools()) {
    FABRIK_TRY(const auto file, tool.file(invocation));
    list.push_back({{"tool", tool.name},
                    {"state", word(tool.state(file, invocation))},
                    {"file", file.string()}});
  }
  for (const auto tool : setup::environment_tools()) {
    list.push_back({{"tool", tool}, {"state", "environment"}, {"file", nullptr}});
  }
  invocation.out << dump_json({{"schema", 1}, {"tools", list}});
  return kExitOk;
}

Result<int> list_tools(const Invocation& invocation) {
  if (invocation.has("json")) {
    return list_json(invocation);
  }
  const Style style(invocation.colour);
  for (const setup::Tool& tool : setup::tools()) {
    FABRIK_TRY(const auto file, tool.file(invocation));
    invocation.out << column(tool.name) << describe(tool, tool.state(file, invocation), style)
                   << "  " << style.dim(file.string()) << "\n";
  }
  for (const auto tool : setup::environment_tools()) {
    invocation.out << column(tool) << style.good("nothing to do")
                   << "  reads its environment variables\n";
  }
  return kExitOk;
}

Result<int> undo(const setup::Tool& tool, const Invocation& invocation) {
  FABRIK_TRY(const auto file, tool.file(invocation));
  FABRIK_TRY(const auto found, tool.remove(file, invocation));
  invocation.out << (found == FileState::missing ? "Nothing to remove at " : "Removed ")
                 << file.string() << "\n";
  return kExitOk;
}

Result<int> install(const setup::Tool& tool, const Invocation& invocation) {
  FABRIK_TRY(const auto file, tool.file(invocation));
  FABRIK_TRY(const auto found, tool.install(file, invocation));
  if (found == FileState::current) {
    invocation.out << "Already set up: " << file.string() << "\n";
    return kExitOk;
  }
  invocation.out << (found == FileState::outdated ? "Updated " : "Installed ") << file.string()
                 << "\n"
                 << tool.gain << "\nUndo: fabrik setup " << tool.name << " --undo\n";
  return kExitOk;
}

std::unexpected<Error> needs_tool() {
  std::string names;
  for (const setup::Tool& tool : setup::tools()) {
    names += (names.empty() ? "" : ", ") + std::string(tool.name);
  }
  return fail(Errc::invalid_argument, "--undo needs the name of a tool: " + names);
}

Result<int> run_setup(const Invocation& invocation) {
  if (invocation.arguments.size() > 1) {
    return fail(Errc::invalid_argument, "one tool at a time, please");
  }
  if (invocation.has("list") || invocation.arguments.empty()) {
    return invocation.has("undo") ? Result<int>(needs_tool()) : list_tools(invocation);
  }
  const std::string& name = invocation.arguments.front();
  const auto tool = std::ranges::find(setup::tools(), name, &setup::Tool::name);
  if (tool != setup::tools().end()) {
    return invocation.has("undo") ? undo(*tool, invocation) : install(*tool, invocation);
  }
  if (std::ranges::find(setup::environment_tools(), name) != setup::environment_tools().end()) {
    invocation.out << name << " needs no set-up: it reads its environment variables.\n";
    return kExitOk;
  }
  return fail(Errc::invalid_argument, "there is nothing to set up for '" + name +
                                          "'. Run fabrik setup for the list of tools.");
}

}  // namespace

const Command kSetupCommand = {
    .name = "setup",
    .arguments = "[gradle|bazel]",
    .summary = "Set a build tool up that does not read the environment",
    .details =
        "Without a tool, lists all tools and their state.\n"
        "\n"
        "gradle: installs init.d/fabrik.gradle into the Gradle user home. It adds the\n"
        "project's fabrik daemon as the remote build cache of every build, unless the\n"
        "build has a remote cache of its own or the build cache was switched off\n"
        "(--no-build-cache, org.gradle.caching=false, FABRIK_GRADLE=off). A file that\n"
        "fabrik did not write, or that was edited, is never touched.\n"
        "\n"
        "bazel: adds one line to the .bazelrc of the workspace around the working directory. It\n"
        "imports the rc file that fabrik keeps for the project; for whoever has no such file it\n"
        "does nothing. fabrik bazel needs no set-up, nor does Bazel 9 with the hook loaded.\n",
    .options = kOptions,
    .run = run_setup,
};

}  // namespace fabrik::cli
