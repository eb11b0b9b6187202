#include "cli/options.hpp"

// std::regex costs start-up time and code; cxxopts has its own scanner.
#define CXXOPTS_NO_REGEX true
// Values that may be repeated are told apart by what no value contains.
#define CXXOPTS_VECTOR_DELIMITER '\n'
#include <algorithm>
#include <cxxopts.hpp>

#include "base/nearest.hpp"

namespace fabrik::cli {
namespace {

const Option* find_option(const Command& command, std::string_view given) {
  const auto matches = [given](const Option& option) {
    return given.starts_with("--")
               ? given.substr(2) == option.name
               : option.letter != 0 && given.size() == 2 && given[1] == option.letter;
  };
  const auto found = std::ranges::find_if(command.options, matches);
  return found == command.options.end() ? nullptr : &*found;
}

// How many of the arguments are ours to parse; the rest is handed on as it is.
std::size_t own_count(const Command& command, std::span<const std::string> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const bool is_option = argument.size() > 1 && argument[0] == '-';
    if (argument == "--" || (!is_option && command.takes_command)) {
      return i;
    }
    const Option* option = find_option(command, argument);
    if (option != nullptr && !option->value.empty()) {
      ++i;  // its value may look like anything, "--" included
    }
  }
  return arguments.size();
}

std::unexpected<Error> unknown_option(const Command& command, std::string_view given) {
  std::string message = "unknown option " + std::string(given);
  std::vector<std::string_view> names = {"help"};
  std::ranges::transform(command.options, std::back_inserter(names), &Option::name);
  const std::string_view name = given.substr(0, given.find('='));
  if (const auto close = name.starts_with("--") ? nearest(name.substr(2), names) : std::nullopt) {
    message += "; did you mean --" + std::string(*close) + "?";
  }
  return fail(Errc::invalid_argument, std::move(message));
}

cxxopts::Options describe(const Command& command) {
  cxxopts::Options description("fabrik");
  description.allow_unrecognised_options();
  auto add = description.add_options();
  add("h,help", "");
  for (const Option& option : command.options) {
    std::string names = option.letter == 0 ? std::string() : std::string(1, option.letter) + ",";
    names += option.name;
    if (option.value.empty()) {
      add(names, "");
    } else if (option.repeats) {
      add(names, "", cxxopts::value<std::vector<std::string>>());
    } else {
      add(names, "", cxxopts::value<std::string>());
    }
  }
  return description;
}

Result<bool> parse_switch(const std::string& variable, const std::string& text) {
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower == "1" || lower == "true" || lower == "yes" || lower == "on") {
    return true;
  }
  if (lower.empty() || lower == "0" || lower == "false" || lower == "no" || lower == "off") {
    return false;
  }
  return fail(Errc::invalid_argument, variable + "=" + text +
                                          ": expected a switch: 1, true, yes or on; "
                                          "0, false, no or off");
}

Result<void> add_from_environment(const Command& command, const Env& env, ParsedOptions& parsed) {
  for (const Option& option : command.options) {
    const std::string variable = env_name(command, option);
    const auto text = variable.empty() ? std::nullopt : env.non_empty(variable);
    if (!text || parsed.options.contains(option.name)) {
      continue;
    }
    if (!option.value.empty()) {
      parsed.options.emplace(option.name, *text);
      continue;
    }
    FABRIK_TRY(const bool on, parse_switch(variable, *text));
    if (on) {
      parsed.options.emplace(option.name, "");
    }
  }
  return {};
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) {
    text += (text.empty() ? "" : "\n") + value;
  }
  return text;
}

Result<ParsedOptions> parse_own(const Command& command, std::span<const std::string> arguments) {
  std::vector<const char*> argv = {"fabrik"};
  std::ranges::transform(arguments, std::back_inserter(argv), &std::string::c_str);
  ParsedOptions parsed;
  try {
    const auto result = describe(command).parse(static_cast<int>(argv.size()), argv.data());
    for (const std::string& text : result.unmatched()) {
      if (text.size() > 1 && text[0] == '-') {
        return unknown_option(command, text);
      }
      parsed.arguments.push_back(text);
    }
    parsed.help = result.count("help") != 0;
    for (const Option& option : command.options) {
      const std::string name(option.name);
      if (result.count(name) == 0) {
        continue;
      }
      if (option.repeats) {
        parsed.options.emplace(name, joined(result[name].as<std::vector<std::string>>()));
      } else if (!option.value.empty()) {
        parsed.options.emplace(name, result[name].as<std::string>());
      } else if (result[name].as<bool>()) {
        parsed.options.emplace(name, "");
      }
    }
  } catch (const cxxopts::exceptions::exception& error) {
    return fail(Errc::invalid_argument, error.what());
  }
  return parsed;
}

}  // namespace

Result<ParsedOptions> parse_options(const Command& command, std::span<const std::string> arguments,
                                    const Env& env) {
  const std::size_t own = own_count(command, arguments);
  FABRIK_TRY(ParsedOptions parsed, parse_own(command, arguments.first(own)));
  auto rest = arguments.subspan(own);
  if (!rest.empty() && rest.front() == "--") {
    rest = rest.subspan(1);
  }
  parsed.arguments.insert(parsed.arguments.end(), rest.begin(), rest.end());
  FABRIK_CHECK(add_from_environment(command, env, parsed));
  return parsed;
}

}  // namespace fabrik::cli
