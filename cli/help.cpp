#include "cli/help.hpp"

#include <algorithm>

#include "cli/commands.hpp"

namespace fabrik::cli {
namespace {

constexpr std::size_t kWidth = 80;
// A heading longer than this stands on a line of its own.
constexpr std::size_t kWidestHeading = 28;

struct Row {
  std::string heading;
  std::string text;
};

std::string table(const std::vector<Row>& rows, const Style& style) {
  std::size_t column = 0;
  for (const Row& row : rows) {
    if (row.heading.size() <= kWidestHeading) {
      column = std::max(column, row.heading.size() + 4);
    }
  }
  std::string text;
  for (const Row& row : rows) {
    text += "  " + style.bold(row.heading);
    if (row.heading.size() + 4 > column) {
      text += "\n" + std::string(column, ' ');
    } else {
      text += std::string(column - row.heading.size() - 2, ' ');
    }
    text += wrap(row.text, kWidth - column, column) + "\n";
  }
  return text;
}

Row option_row(const Command& command, const Option& option) {
  std::string text(option.help);
  if (const std::string variable = env_name(command, option); !variable.empty()) {
    text += " (environment: " + variable + ")";
  }
  return {option_heading(option), std::move(text)};
}

}  // namespace

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  std::size_t line = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (line != 0 && line + 1 + word.size() > width) {
      out += "\n" + std::string(indent, ' ');
      line = 0;
    } else if (line != 0) {
      out += ' ';
      ++line;
    }
    out += word;
    line += word.size();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string reflow(std::string_view text, std::size_t width) {
  std::string out;
  std::string paragraph;
  const auto end_paragraph = [&] {
    if (!paragraph.empty()) {
      out += wrap(paragraph, width, 0) + "\n";
      paragraph.clear();
    }
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == ' ') {
      end_paragraph();
      out += std::string(line) + "\n";
    } else {
      paragraph += (paragraph.empty() ? "" : " ") + std::string(line);
    }
  }
  end_paragraph();
  return out;
}

std::string details_of(const Command& command) {
  return reflow(command.details, kWidth);
}

std::string option_heading(const Option& option) {
  std::string heading =
      option.letter == 0 ? "    --" : "-" + std::string(1, option.letter) + ", --";
  heading += option.name;
  if (!option.value.empty()) {
    heading += " " + std::string(option.value);
  }
  return heading;
}

std::string usage(const Command& command) {
  std::string text = "fabrik " + std::string(command.name);
  if (!command.options.empty()) {
    text += " [OPTIONS]";
  }
  if (!command.arguments.empty()) {
    text += " " + std::string(command.arguments);
  }
  return text;
}

std::string command_help(const Command& command, const Style& style) {
  if (command.name.empty()) {
    return all_help(style);
  }
  std::string text = wrap(command.summary, kWidth, 0) + "\n\n";
  text += style.bold("Usage: ") + wrap(usage(command), kWidth - 7, 7) + "\n";
  std::vector<Row> rows;
  for (const Option& option : command.options) {
    rows.push_back(option_row(command, option));
  }
  rows.push_back({option_heading(kHelpOption), std::string(kHelpOption.help)});
  text += "\n" + style.bold("Options:") + "\n" + table(rows, style);
  if (!command.details.empty()) {
    text += "\n" + details_of(command);
  }
  return text;
}

std::string all_help(const Style& style) {
  std::string text =
      "fabrik gives every build tool in a project a cache, as soon as you cd into it.\n\n";
  text += style.bold("Usage: ") + "fabrik COMMAND [OPTIONS]\n";
  std::vector<Row> rows;
  std::string_view group;
  const auto end_group = [&] {
    if (!rows.empty()) {
      text += "\n" + style.bold(std::string(group) + ":") + "\n" + table(rows, style);
    }
    rows.clear();
  };
  for (const Command* command : commands()) {
    if (group_of(*command) != group) {
      end_group();
      group = group_of(*command);
    }
    if (!command->hidden) {
      rows.push_back({std::string(command->name), std::string(command->summary)});
    }
  }
  end_group();
  text +=
      "\n`fabrik` alone says where you are and what to do next.\n"
      "`fabrik help COMMAND` explains a command, with examples.\n";
  return text;
}

}  // namespace fabrik::cli
