#include "cli/help.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/commands.hpp"

namespace fabrik::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string too_wide_line(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > 80) {
      return line;
    }
  }
  return "";
}

class EveryCommand : public ::testing::TestWithParam<const Command*> {};

TEST_P(EveryCommand, FitsIntoEightyColumns) {
  EXPECT_EQ(too_wide_line(command_help(*GetParam(), Style(false))), "");
}

TEST_P(EveryCommand, ExplainsEachOfItsOptions) {
  const std::string text = command_help(*GetParam(), Style(false));
  for (const Option& option : GetParam()->options) {
    EXPECT_THAT(text, HasSubstr(option_heading(option)));
    EXPECT_FALSE(option.help.empty()) << option.name;
    EXPECT_FALSE(option.help.ends_with('.')) << option.name;
    EXPECT_NE(option.name, "help") << "is there already";
  }
}

TEST_P(EveryCommand, HasAShortSummaryAndAFunction) {
  EXPECT_FALSE(GetParam()->summary.empty());
  EXPECT_FALSE(GetParam()->summary.ends_with('.'));
  EXPECT_LE(GetParam()->summary.size(), 64u);
  EXPECT_NE(GetParam()->run, nullptr);
  EXPECT_EQ(find_command(GetParam()->name), GetParam());
}

TEST_P(EveryCommand, GivesNoTwoOptionsOneName) {
  for (const Option& one : GetParam()->options) {
    for (const Option& other : GetParam()->options) {
      if (&one != &other) {
        EXPECT_NE(one.name, other.name);
        EXPECT_TRUE(one.letter == 0 || one.letter != other.letter) << one.name;
      }
    }
    EXPECT_NE(one.letter, 'h') << one.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Help, EveryCommand,
                         ::testing::ValuesIn(commands().begin(), commands().end()),
                         [](const auto& test) {
                           std::string name(test.param->name);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(Help, ListsAllCommandsButHiddenOnes) {
  const std::string text = all_help(Style(false));
  EXPECT_EQ(too_wide_line(text), "");
  for (const Command* command : commands()) {
    const std::string row = "\n  " + std::string(command->name) + " ";
    EXPECT_EQ(text.find(row) == std::string::npos, command->hidden) << command->name;
  }
}

TEST(Help, UsesColoursOnlyWhenAsked) {
  EXPECT_THAT(all_help(Style(false)), Not(HasSubstr("\033[")));
  EXPECT_THAT(all_help(Style(true)), HasSubstr("\033["));
}

TEST(Help, WrapsAtSpacesAndIndents) {
  EXPECT_EQ(wrap("one two three", 7, 2), "one two\n  three");
  EXPECT_EQ(wrap("unbreakableword", 4, 2), "unbreakableword");
  EXPECT_EQ(wrap("", 10, 2), "");
}

TEST(Help, ReflowsParagraphsAndKeepsIndentedLines) {
  EXPECT_EQ(reflow("a b\nc d\n\n  x   y\ne\n", 5), "a b c\nd\n\n  x   y\ne\n");
  EXPECT_EQ(reflow("a", 5), "a\n");
  EXPECT_EQ(reflow("", 5), "");
}

}  // namespace
}  // namespace fabrik::cli
