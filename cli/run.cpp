#include "cli/run.hpp"

#include <algorithm>
#include <exception>
#include <ostream>
#include <span>

#include "base/nearest.hpp"
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/options.hpp"
#include "cli/overview.hpp"

namespace fabrik::cli {
namespace {

// What `fabrik` without a command is to the parser.
const Command kNoCommand = {
    .name = "", .arguments = "", .summary = "", .details = "", .options = {}, .run = run_overview};

int report(const Command& command, const Error& error, const World& world) {
  world.err << "fabrik" << (command.name.empty() ? "" : " ") << command.name << ": "
            << error.message << "\n";
  return exit_code(error.code);
}

int unknown_command(const std::string& name, const World& world) {
  std::vector<std::string_view> names;
  for (const Command* command : commands()) {
    if (!command->hidden) {
      names.push_back(command->name);
    }
  }
  world.err << "fabrik: unknown " << (name.starts_with('-') ? "option " : "command ") << name;
  if (const auto close = nearest(name, names)) {
    world.err << "; did you mean `fabrik " << *close << "`?";
  }
  world.err << "\n`fabrik help` lists the commands.\n";
  return kExitUsage;
}

bool wants_colour(const World& world) {
  return world.out_is_terminal && !world.env.non_empty("NO_COLOR") &&
         world.env.get("TERM") != "dumb";
}

int run_command(const Command& command, std::span<const std::string> arguments,
                const World& world) {
  auto parsed = parse_options(command, arguments, world.env);
  if (!parsed) {
    report(command, parsed.error(), world);
    world.err << "`fabrik " << (command.name.empty() ? "" : std::string(command.name) + " ")
              << "--help` lists the options.\n";
    return kExitUsage;
  }
  const bool colour = wants_colour(world);
  if (parsed->help) {
    world.out << command_help(command, Style(colour));
    return kExitOk;
  }
  const Invocation invocation{.options = std::move(parsed->options),
                              .arguments = std::move(parsed->arguments),
                              .env = world.env,
                              .executable = world.executable,
                              .out = world.out,
                              .err = world.err,
                              .out_is_terminal = world.out_is_terminal,
                              .colour = colour};
  const auto status = command.run(invocation);
  return status ? *status : report(command, status.error(), world);
}

int dispatch(const std::vector<std::string>& arguments, const World& world) {
  if (arguments.empty()) {
    return run_command(kNoCommand, {}, world);
  }
  std::string name = arguments.front();
  if (name == "--help" || name == "-h") {
    name = "help";
  } else if (name == "--version" || name == "-V") {
    name = "version";
  }
  const Command* command = find_command(name);
  if (command == nullptr) {
    return unknown_command(name, world);
  }
  return run_command(*command, std::span(arguments).subspan(1), world);
}

}  // namespace

int run(const std::vector<std::string>& arguments, const World& world) {
  try {
    const int status = dispatch(arguments, world);
    world.out.flush();
    if (!world.out) {
      world.err << "fabrik: cannot write to standard output\n";
      return status == kExitOk ? exit_code(Errc::io) : status;
    }
    return status;
  } catch (const std::exception& error) {
    world.err << "fabrik: internal error: " << error.what() << "\n";
    return exit_code(Errc::internal);
  }
}

}  // namespace fabrik::cli
