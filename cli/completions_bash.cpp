#include "cli/commands.hpp"
#include "cli/completions.hpp"

namespace fabrik::cli {
namespace {

std::string reply(const Offer& offer) {
  switch (offer.kind) {
    case Offer::Kind::words:
      return "COMPREPLY=($(compgen -W " + shell_word(joined(offer.words)) + " -- \"$cur\"))";
    case Offer::Kind::files:
      return "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))";
    case Offer::Kind::directories:
      return "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\"))";
    case Offer::Kind::commands:
      return "COMPREPLY=($(compgen -W " + shell_word(joined(command_names())) + " -- \"$cur\"))";
    case Offer::Kind::nothing:
      break;
  }
  return "COMPREPLY=()";
}

std::string command_case(const Command& command) {
  const std::string name(command.name);
  std::vector<std::string> options = {"--help"};
  std::string values;
  for (const Option& option : command.options) {
    options.push_back("--" + std::string(option.name));
    if (option.value.empty()) {
      continue;
    }
    values += "      --" + std::string(option.name);
    if (option.letter != 0) {
      values += "|-" + std::string(1, option.letter);
    }
    values += ") " + reply(offer_for(option.value)) + "; return ;;\n";
  }
  std::string text = "    " + name + ")\n";
  if (command.takes_command) {
    // The rest of the line is somebody else's command.
    text +=
        "      if [[ $cur != -* || ${COMP_WORDS[COMP_CWORD-1]} == -- ]]; then\n"
        "        COMPREPLY=($(compgen -c -f -- \"$cur\")); return\n"
        "      fi\n";
  }
  if (!values.empty()) {
    text += "      case $prev in\n" + values + "      esac\n";
  }
  text += "      if [[ $cur == -* ]]; then\n        COMPREPLY=($(compgen -W " +
          shell_word(joined(options)) + " -- \"$cur\"))\n      else\n        " +
          reply(offer_for(command.arguments)) + "\n      fi\n      ;;\n";
  return text;
}

}  // namespace

std::string bash_completions() {
  std::string text =
      "# bash completion for fabrik; load it with\n"
      "#   eval \"$(fabrik completions bash)\"\n"
      "_fabrik() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    COMPREPLY=($(compgen -W " +
      shell_word(joined(command_names()) + " --help --version") +
      " -- \"$cur\"))\n"
      "    return\n"
      "  fi\n"
      "  case ${COMP_WORDS[1]} in\n";
  for (const Command* command : commands()) {
    if (!command->hidden) {
      text += command_case(*command);
    }
  }
  return text + "  esac\n}\ncomplete -F _fabrik fabrik\n";
}

}  // namespace fabrik::cli
