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

std::string option_entry(const Command& command, const Option& option) {
  std::string text = ".TP\n";
  if (option.letter != 0) {
    text += bold("-" + std::string(1, option.letter)) + ", ";
  }
  text += bold("--" + std::string(option.name));
  if (!option.value.empty()) {
    text += " \\fI" + roff(option.value) + "\\fR";
  }
  text += "\n" + roff(option.help);
  if (const std::string variable = env_name(command, option); !variable.empty()) {
    text += " (environment: " + bold(variable) + ")";
  }
  return text + "\n";
}

std::string command_section(const Command& command) {
  std::string text = ".SS " + roff(usage(command)) + "\n" + roff(command.summary) + ".\n";
  for (const Option& option : command.options) {
    text += option_entry(command, option);
  }
  if (!command.details.empty()) {
    text += ".PP\n.nf\n" + roff(details_of(command)) + ".fi\n";
  }
  return text;
}

std::string environment_section() {
  return ".SH ENVIRONMENT\nEvery option has a variable, named with it above, that gives it a value "
         "when it is not on the command line. A switch is on for 1, true, yes and on. Every key of "
         "the configuration has one, too: " +
         bold("FABRIK_CONFIG_CACHE_MAX_SIZE") + " is cache.max_size.\n.TP\n" +
         bold("FABRIK_DISABLE") + "\nSet to 1: as if there were no project anywhere.\n.TP\n" +
         bold("NO_COLOR") + "\nNever use colours.\n";
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
