#include <ostream>
#include <vector>

#include "base/nearest.hpp"
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/reference.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "markdown", .help = "Print the whole reference as Markdown (docs/cli.md)"},
};

Result<int> run_help(const Invocation& invocation) {
  if (invocation.has("markdown")) {
    invocation.out << markdown_reference();
    return kExitOk;
  }
  const Style style(invocation.colour);
  if (invocation.arguments.empty()) {
    invocation.out << all_help(style);
    return kExitOk;
  }
  const std::string& name = invocation.arguments.front();
  const Command* command = find_command(name);
  if (command == nullptr) {
    std::vector<std::string_view> names;
    for (const Command* other : commands()) {
      names.push_back(other->name);
    }
    const auto close = nearest(name, names);
    return fail(Errc::invalid_argument,
                "there is no command " + name +
                    (close ? "; did you mean `fabrik help " + std::string(*close) + "`?" : ""));
  }
  invocation.out << command_help(*command, style);
  return kExitOk;
}

}  // namespace

const Command kHelpCommand = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "Explain fabrik or one of its commands",
    .details =
        "Examples:\n"
        "  fabrik help            all commands\n"
        "  fabrik help activate   one command; the same as fabrik activate --help\n",
    .options = kOptions,
    .run = run_help,
};

}  // namespace fabrik::cli
