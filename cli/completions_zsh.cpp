#include "cli/commands.hpp"
#include "cli/completions.hpp"

namespace fabrik::cli {
namespace {

// Inside a specification of _arguments, brackets and colons have a meaning.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

std::string action(const Offer& offer) {
  switch (offer.kind) {
    case Offer::Kind::words:
      return "(" + joined(offer.words) + ")";
    case Offer::Kind::files:
      return "_files";
    case Offer::Kind::directories:
      return "_files -/";
    case Offer::Kind::commands:
      return "(" + joined(command_names()) + ")";
    case Offer::Kind::nothing:
      break;
  }
  return " ";
}

std::string option_spec(const Option& option) {
  const std::string name = "--" + std::string(option.name);
  std::string rest = "[" + escaped(option.help) + "]";
  if (!option.value.empty()) {
    rest += ":" + escaped(option.value) + ":" + action(offer_for(option.value));
  }
  if (option.letter == 0) {
    return shell_word(name + rest);
  }
  const std::string letter = "-" + std::string(1, option.letter);
  return shell_word("(" + letter + " " + name + ")") + "{" + letter + "," + name + "}" +
         shell_word(rest);
}

std::string command_case(const Command& command) {
  std::string text = "    " + std::string(command.name) + ")\n      _arguments -s -S";
  for (const Option& option : command.options) {
    text += " \\\n        " + option_spec(option);
  }
  text += " \\\n        '(-h --help)'{-h,--help}'[Show this help]'";
  if (command.takes_command) {
    text += " \\\n        '*::command:_normal'";
  } else if (!command.arguments.empty()) {
    text += " \\\n        " + shell_word("*:" + escaped(command.arguments) + ":" +
                                         action(offer_for(command.arguments)));
  }
  return text + "\n      ;;\n";
}

}  // namespace

std::string zsh_completions() {
  std::string text =
      "#compdef fabrik\n"
      "# zsh completion for fabrik: put it into a directory of $fpath as _fabrik, or\n"
      "#   eval \"$(fabrik completions zsh)\"   (after compinit)\n"
      "_fabrik() {\n  local -a commands=(\n";
  for (const Command* command : commands()) {
    if (!command->hidden) {
      text +=
          "    " + shell_word(std::string(command->name) + ":" + escaped(command->summary)) + "\n";
    }
  }
  text +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe -t commands command commands\n"
      "    return\n"
      "  fi\n"
      "  local name=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $name in\n";
  for (const Command* command : commands()) {
    if (!command->hidden) {
      text += command_case(*command);
    }
  }
  return text +
         "  esac\n}\n"
         "if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then\n"
         "  _fabrik \"$@\"\n"
         "elif (( $+functions[compdef] )); then\n"
         "  compdef _fabrik fabrik\n"
         "fi\n";
}

}  // namespace fabrik::cli
