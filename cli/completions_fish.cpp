#include "cli/commands.hpp"
#include "cli/completions.hpp"

namespace fabrik::cli {
namespace {

std::string value_flags(const Offer& offer) {
  switch (offer.kind) {
    case Offer::Kind::words:
      return " -x -a " + shell_word(joined(offer.words));
    case Offer::Kind::files:
      return " -r -F";
    case Offer::Kind::directories:
      return " -x -a '(__fish_complete_directories)'";
    case Offer::Kind::commands:
      return " -x -a " + shell_word(joined(command_names()));
    case Offer::Kind::nothing:
      break;
  }
  return " -x";
}

std::string argument_line(const Command& command, const std::string& prefix) {
  if (command.takes_command) {
    return prefix + " -a '(__fish_complete_subcommand --fcs-skip=2)'\n";
  }
  const Offer offer = offer_for(command.arguments);
  switch (offer.kind) {
    case Offer::Kind::words:
      return prefix + " -a " + shell_word(joined(offer.words)) + "\n";
    case Offer::Kind::commands:
      return prefix + " -a " + shell_word(joined(command_names())) + "\n";
    case Offer::Kind::files:
    case Offer::Kind::directories:
      return prefix + " -F\n";
    case Offer::Kind::nothing:
      break;
  }
  return "";
}

std::string command_lines(const Command& command) {
  const std::string name(command.name);
  const std::string prefix =
      "complete -c fabrik -n " + shell_word("__fish_seen_subcommand_from " + name);
  std::string text = "complete -c fabrik -n __fish_use_subcommand -a " + name + " -d " +
                     shell_word(command.summary) + "\n";
  for (const Option& option : command.options) {
    text += prefix;
    if (option.letter != 0) {
      text += " -s " + std::string(1, option.letter);
    }
    text += " -l " + std::string(option.name);
    if (!option.value.empty()) {
      text += value_flags(offer_for(option.value));
    }
    text += " -d " + shell_word(option.help) + "\n";
  }
  return text + argument_line(command, prefix);
}

}  // namespace

std::string fish_completions() {
  std::string text =
      "# fish completion for fabrik; load it with\n"
      "#   fabrik completions fish | source\n"
      "complete -c fabrik -f\n"
      "complete -c fabrik -s h -l help -d 'Show this help'\n"
      "complete -c fabrik -n __fish_use_subcommand -s V -l version -d 'Print the version'\n";
  for (const Command* command : commands()) {
    if (!command->hidden) {
      text += command_lines(*command);
    }
  }
  return text;
}

}  // namespace fabrik::cli
