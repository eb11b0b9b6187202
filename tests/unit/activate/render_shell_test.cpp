#include "activate/render_shell.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "activate/hook_text.hpp"
#include "activate/variables.hpp"

namespace fabrik::activate {
namespace {

using Action = Change::Action;

const std::vector<Change> kChanges = {{Action::set, "TURBO_API", "it's $HOME `x`"},
                                      {Action::unset, "TURBO_TOKEN", ""},
                                      {Action::set_unexported, "TURBO_TEAM", "a\\b"}};
const std::vector<HookVariable> kHookVariables = {{"__fabrik_pid", "7"}};

TEST(RenderShell, WritesAssignmentsForEachShell) {
  EXPECT_EQ(*render(Shell::bash, kChanges, kHookVariables),
            "export TURBO_API='it'\\''s $HOME `x`';\n"
            "unset -v TURBO_TOKEN;\n"
            "export -n TURBO_TEAM='a\\b';\n"
            "__fabrik_pid='7';\n");
  EXPECT_EQ(*render(Shell::zsh, kChanges, kHookVariables),
            "export TURBO_API='it'\\''s $HOME `x`';\n"
            "unset -v TURBO_TOKEN;\n"
            "typeset -g +x TURBO_TEAM='a\\b';\n"
            "typeset -g __fabrik_pid='7';\n");
  EXPECT_EQ(*render(Shell::fish, kChanges, kHookVariables),
            "set -gx TURBO_API 'it\\'s $HOME `x`';\n"
            "set -eg TURBO_TOKEN;\n"
            "set -gu TURBO_TEAM 'a\\\\b';\n"
            "set -g __fabrik_pid '7';\n");
  EXPECT_EQ(*render(Shell::posix, kChanges, kHookVariables),
            "export TURBO_API='it'\\''s $HOME `x`';\n"
            "unset -v TURBO_TOKEN;\n"
            "unset -v TURBO_TEAM; TURBO_TEAM='a\\b';\n"
            "__fabrik_pid='7';\n");
}

TEST(RenderShell, WritesJson) {
  const auto json = nlohmann::json::parse(*render_json(kChanges));
  EXPECT_EQ(json["set"], (nlohmann::json{{"TURBO_API", "it's $HOME `x`"}}));
  EXPECT_EQ(json["unset"], (nlohmann::json{"TURBO_TOKEN", "TURBO_TEAM"}));
}

TEST(RenderShell, WritesValidJsonForBytesThatAreNoText) {
  const std::vector<Change> changes = {{Action::set, "TURBO_API", "\xff\x01\"\n"}};
  const auto json = nlohmann::json::parse(*render_json(changes));
  EXPECT_EQ(json["set"]["TURBO_API"], "\uFFFD\x01\"\n");
}

TEST(RenderShell, RefusesNamesThatAreNotOnTheList) {
  for (const char* name :
       {"PATH", "LD_PRELOAD", "PROMPT_COMMAND", "TURBO_API;id", "", "__fabrik_x"}) {
    const std::vector<Change> changes = {{Action::set, name, "x"}};
    EXPECT_FALSE(render(Shell::bash, changes).has_value()) << name;
    EXPECT_FALSE(render_json(changes).has_value()) << name;
  }
  for (const char* name : {"PATH", "__fabrik_x;id", "__fabrik_$(id)", "__FABRIK_STATE"}) {
    const std::vector<HookVariable> variables = {{name, "x"}};
    EXPECT_FALSE(render(Shell::bash, {}, variables).has_value()) << name;
  }
}

TEST(RenderShell, RefusesNulBytes) {
  const std::vector<Change> changes = {{Action::set, "TURBO_API", std::string("a\0b", 3)}};
  EXPECT_FALSE(render(Shell::fish, changes).has_value());
  EXPECT_FALSE(render_json(changes).has_value());
  const std::vector<HookVariable> variables = {{"__fabrik_pid", std::string(1, '\0')}};
  EXPECT_FALSE(render(Shell::fish, {}, variables).has_value());
}

TEST(RenderShell, KnowsShellsByNameAndByPath) {
  EXPECT_EQ(parse_shell("bash"), Shell::bash);
  EXPECT_EQ(parse_shell("-zsh"), Shell::zsh);
  EXPECT_EQ(parse_shell("/usr/local/bin/fish"), Shell::fish);
  EXPECT_EQ(parse_shell("/bin/dash"), Shell::posix);
  EXPECT_EQ(parse_shell("tcsh"), std::nullopt);
  EXPECT_EQ(parse_shell(""), std::nullopt);
}

TEST(HookText, HasNoPlaceholderLeft) {
  for (const Shell shell : {Shell::bash, Shell::zsh, Shell::fish}) {
    const std::string text = *hook_text(shell, "/opt/it's here/fabrik");
    for (const char* mark : {"@fabrik@", "@names@", "@collect@"}) {
      EXPECT_EQ(text.find(mark), std::string::npos) << name(shell) << " " << mark;
    }
    EXPECT_NE(text.find(quote(shell, "/opt/it's here/fabrik")), std::string::npos) << name(shell);
    for (const Variable& variable : variables()) {
      EXPECT_NE(text.find(variable.name), std::string::npos) << name(shell) << variable.name;
    }
  }
}

TEST(HookText, IsOneStatementPerLineForFish) {
  const std::string text = *hook_text(Shell::fish, "/bin/fabrik");
  std::size_t start = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
    const std::string line = text.substr(start, end - start);
    ASSERT_FALSE(line.empty());
    EXPECT_TRUE(line.ends_with(';')) << line;
    EXPECT_NE(line[line.find_first_not_of(' ')], '#') << line;
    start = end + 1;
  }
}

TEST(HookText, ThereIsNoneForAPlainPosixShell) {
  EXPECT_FALSE(hook_text(Shell::posix, "/bin/fabrik").has_value());
}

}  // namespace
}  // namespace fabrik::activate
