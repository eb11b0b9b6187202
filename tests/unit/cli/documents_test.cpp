#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/fs.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/reference.hpp"

namespace fabrik::cli {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kBegin = "<!-- made by: fabrik help --markdown -->\n";
constexpr std::string_view kEnd = "<!-- end -->\n";

TEST(Documents, CliPageIsWhatTheTablesSay) {
  const auto page = read_file(FABRIK_DOCS_DIR "/cli.md");
  ASSERT_TRUE(page) << page.error().message;
  const std::size_t begin = page->find(kBegin);
  const std::size_t end = page->find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  EXPECT_EQ(page->substr(begin + kBegin.size(), end - begin - kBegin.size()), markdown_reference())
      << "put the output of `fabrik help --markdown` between the two comments";
}

TEST(Documents, CliPageKeepsItsTablesAligned) {
  // A "|" in a help text would open another column.
  const std::string text = markdown_reference();
  for (const Command* command : commands()) {
    if (!command->hidden) {
      EXPECT_THAT(text, HasSubstr("### fabrik " + std::string(command->name) + "\n"));
    }
  }
  EXPECT_EQ(text.find("text|json"), std::string::npos);
  EXPECT_THAT(text, HasSubstr("text\\|json"));
}

// A hyphen that is to stay one when it is copied.
std::string in_roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '-' ? "\\-" : std::string(1, c);
  }
  return escaped;
}

TEST(Documents, ManPageNamesEveryCommandOptionAndStatus) {
  const std::string page = man_page();
  EXPECT_TRUE(page.starts_with(".TH FABRIK 1 "));
  for (const Command* command : commands()) {
    if (command->hidden) {
      continue;
    }
    EXPECT_THAT(page, HasSubstr(".SS fabrik " + in_roff(command->name)));
    for (const Option& option : command->options) {
      EXPECT_THAT(page, HasSubstr("\\fB" + in_roff("--" + std::string(option.name)) + "\\fR"));
    }
  }
  for (const ExitCode& code : exit_codes()) {
    EXPECT_THAT(page, HasSubstr("\\fB" + std::to_string(code.status) + "\\fR"));
  }
}

TEST(Documents, ManPageHidesLeadingDotsFromRoff) {
  std::size_t at = 0;
  const std::string page = man_page();
  while ((at = page.find("\n.", at)) != std::string::npos) {
    const std::string request = page.substr(at + 2, 2);
    EXPECT_THAT(request, ::testing::AnyOf("SH", "SS", "TP", "PP", "nf", "fi", "TH"));
    ++at;
  }
}

}  // namespace
}  // namespace fabrik::cli
