#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/help.hpp"
#include "cli/reference.hpp"

namespace fabrik::cli {
namespace {

// A "|" would end the table cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

std::string option_row(const Command& command, const Option& option) {
  std::string row = "| `";
  if (option.letter != 0) {
    row += "-" + std::string(1, option.letter) + "`, `";
  }
  row += "--" + std::string(option.name);
  if (!option.value.empty()) {
    row += " " + cell(option.value);
  }
  row += "` | " + cell(option.help) + " | ";
  const std::string variable = env_name(command, option);
  return row + (variable.empty() ? "" : "`" + variable + "`") + " |\n";
}

std::string section(const Command& command) {
  std::string text = "### fabrik " + std::string(command.name) + "\n\n";
  text += std::string(command.summary) + ".\n\n    " + usage(command) + "\n\n";
  if (!command.options.empty()) {
    text += "| option | meaning | environment |\n|---|---|---|\n";
    for (const Option& option : command.options) {
      text += option_row(command, option);
    }
    text += "\n";
  }
  if (!command.details.empty()) {
    text += "```text\n" + details_of(command) + "```\n\n";
  }
  return text;
}

}  // namespace

std::string markdown_reference() {
  std::string text = "## Commands\n\n| command | purpose |\n|---|---|\n";
  for (const Command* command : commands()) {
    if (!command->hidden) {
      const std::string name(command->name);
      text += "| [`" + name + "`](#fabrik-" + name + ") | " + cell(command->summary) + " |\n";
    }
  }
  text += "\nEvery command takes `-h`, `--help`.\n\n";
  for (const Command* command : commands()) {
    if (!command->hidden) {
      text += section(*command);
    }
  }
  text += "## Exit statuses\n\n| status | meaning |\n|---|---|\n";
  for (const ExitCode& code : exit_codes()) {
    text += "| " + std::to_string(code.status) + " | " + cell(code.meaning) + " |\n";
  }
  return text;
}

}  // namespace fabrik::cli
