#include "cli/completions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/commands.hpp"

namespace fabrik::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Completions, OfferWhatAPlaceholderMeans) {
  EXPECT_THAT(offer_for("bash|zsh|fish").words, ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(offer_for("[gradle|nx]").words, ElementsAre("gradle", "nx"));
  EXPECT_THAT(offer_for("[gradle]").words, ElementsAre("gradle"));
  EXPECT_EQ(offer_for("FILE").kind, Offer::Kind::files);
  EXPECT_EQ(offer_for("[FILE...]").kind, Offer::Kind::files);
  EXPECT_EQ(offer_for("DIR").kind, Offer::Kind::directories);
  EXPECT_EQ(offer_for("[COMMAND]").kind, Offer::Kind::commands);
  EXPECT_EQ(offer_for("N").kind, Offer::Kind::nothing);
  EXPECT_EQ(offer_for("").kind, Offer::Kind::nothing);
}

TEST(Completions, QuoteOneWordForAllShells) {
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's\n$(x)"), "'it'\\''s $(x)'");
}

TEST(Completions, KnowEveryCommandAndOption) {
  const std::string bash = bash_completions();
  const std::string zsh = zsh_completions();
  const std::string fish = fish_completions();
  for (const Command* command : commands()) {
    if (command->hidden) {
      EXPECT_EQ(fish.find("-a " + std::string(command->name) + " "), std::string::npos);
      continue;
    }
    const std::string name(command->name);
    EXPECT_THAT(bash, HasSubstr("    " + name + ")\n"));
    EXPECT_THAT(zsh, HasSubstr("    " + name + ")\n"));
    EXPECT_THAT(fish, HasSubstr("-a " + name + " -d "));
    for (const Option& option : command->options) {
      EXPECT_THAT(bash, HasSubstr("--" + std::string(option.name)));
      EXPECT_THAT(zsh, HasSubstr("--" + std::string(option.name)));
      EXPECT_THAT(fish, HasSubstr(" -l " + std::string(option.name) + " "));
    }
  }
}

}  // namespace
}  // namespace fabrik::cli
