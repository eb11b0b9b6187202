#include <set>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/help.hpp"
#include "cli/reference.hpp"

namespace fabrik::cli {
namespace {

// Text that roff prints as it is: no requests, no hyphens that break copying.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) {
      out += "\\&";
    }
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_start = c == '\n';
  }
  return out;
}

std::string bold(std::string_view text) {
  return "\\fB" + roff(text) + "\\fR";
}

std::string option_entry(const Option& option) {
  std::string text = ".TP\n";
  if (option.letter != 0) {
    text += bold("-" + std::string(1, option.letter)) + ", ";
  }
  text += bold("--" + std::string(option.name));
  if (!option.value.empty()) {
    text += " \\fI" + roff(option.value) + "\\fR";
  }
  text += "\n" + roff(option.help);
  if (!option.env.empty()) {
    text += " (environment: " + bold(option.env) + ")";
  }
  return text + "\n";
}

std::string command_section(const Command& command) {
  std::string text = ".SS " + roff(usage(command)) + "\n" + roff(command.summary) + ".\n";
  for (const Option& option : command.options) {
    text += option_entry(option);
  }
  if (!command.details.empty()) {
    text += ".PP\n.nf\n" + roff(details_of(command)) + ".fi\n";
  }
  return text;
}

std::string environment_section() {
  std::set<std::string_view> names;
  std::string text = ".SH ENVIRONMENT\nEach names an option it stands for.\n";
  for (const Command* command : commands()) {
    for (const Option& option : command->options) {
      if (!command->hidden && !option.env.empty() && names.insert(option.env).second) {
        text += ".TP\n" + bold(option.env) + "\n" + bold("--" + std::string(option.name)) + ": " +
                roff(option.help) + "\n";
      }
    }
  }
  text += ".TP\n" + bold("NO_COLOR") + "\nNever use colours.\n";
  return text;
}

}  // namespace

std::string man_page() {
  std::string text = ".TH FABRIK 1 \"\" \"fabrik " FABRIK_VERSION "\" \"User Commands\"\n";
  text += ".SH NAME\nfabrik \\- a cache for every build tool in a project\n";
  text += ".SH SYNOPSIS\n" + bold("fabrik") + " [\\fICOMMAND\\fR [\\fIOPTIONS\\fR]]\n";
  text += ".SH DESCRIPTION\nPut the hook of " + bold("fabrik activate") +
          " into the shell's rc file once. From then on, inside a directory with a "
          "fabrik.toml, build tools find a remote cache on loopback through environment "
          "variables. " +
          bold("fabrik") + " alone says where you are and what to do next.\n.SH COMMANDS\n";
  for (const Command* command : commands()) {
    if (!command->hidden) {
      text += command_section(*command);
    }
  }
  text += ".SH EXIT STATUS\n";
  for (const ExitCode& code : exit_codes()) {
    text += ".TP\n" + bold(std::to_string(code.status)) + "\n" + roff(code.meaning) + "\n";
  }
  return text + environment_section() +
         ".SH FILES\n.TP\n\\fIfabrik.toml\\fR\nThe project's configuration.\n"
         ".TP\n\\fI$XDG_CONFIG_HOME/fabrik/config.toml\\fR\nThe user's configuration.\n"
         ".TP\n\\fI$XDG_STATE_HOME/fabrik/daemons/\\fR\nState and logs of the daemons.\n";
}

}  // namespace fabrik::cli
