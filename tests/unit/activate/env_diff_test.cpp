#include "activate/env_diff.hpp"

#include <gtest/gtest.h>

namespace fabrik::activate {
namespace {

using Kind = VariableState::Kind;
using Plan = std::vector<Assignment>;

VariableState exported(std::string value) {
  return {.kind = Kind::exported, .value = std::move(value)};
}
VariableState unexported(std::string value) {
  return {.kind = Kind::unexported, .value = std::move(value)};
}

// A shell: what it has, and the state it carries.
class FakeShell {
 public:
  ShellView view = view_from(Env());
  ShellState state;

  void enter_project(const std::string& path, const Plan& plan) {
    auto transition = enter(view, state, {.config_path = path}, plan);
    apply(transition.changes);
    state = std::move(transition.state);
  }
  void leave_project() {
    apply(leave(view, state));
    state = {};
  }
  VariableState& operator[](const std::string& name) { return view[name]; }

 private:
  void apply(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      VariableState& variable = view[change.name];
      switch (change.action) {
        case Change::Action::set:
          variable = exported(change.value);
          break;
        case Change::Action::set_unexported:
          variable = unexported(change.value);
          break;
        case Change::Action::unset:
          variable = {};
          break;
      }
    }
  }
};

const std::string kA = "/a/fabrik.toml";
const std::string kB = "/a/b/fabrik.toml";

TEST(EnvDiff, LeavingGivesBackUnsetEmptyExportedAndUnexported) {
  FakeShell shell;
  shell["TURBO_TOKEN"] = exported("");
  shell["TURBO_TEAM"] = unexported("mine");
  shell["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"] = exported("http://own");
  const ShellView before = shell.view;
  shell.enter_project(kA, {{"TURBO_API", "1"},
                           {"TURBO_TOKEN", "2"},
                           {"TURBO_TEAM", "3"},
                           {"NX_SELF_HOSTED_REMOTE_CACHE_SERVER", "4"}});
  EXPECT_EQ(shell["TURBO_API"], exported("1"));
  EXPECT_EQ(shell["TURBO_TOKEN"], exported("2"));
  EXPECT_EQ(shell["TURBO_TEAM"], exported("3"));
  EXPECT_EQ(shell["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"], exported("4"));
  shell.leave_project();
  EXPECT_EQ(shell.view, before);
}

TEST(EnvDiff, EnteringTwiceChangesNothing) {
  FakeShell shell;
  const Plan plan = {{"TURBO_API", "1"}, {"GRADLE_OPTS", "-Dfabrik.gradle.url=x"}};
  shell.enter_project(kA, plan);
  const ShellState state = shell.state;
  const auto again = enter(shell.view, shell.state, {.config_path = kA}, plan);
  EXPECT_TRUE(again.changes.empty());
  EXPECT_EQ(again.state, state);
}

TEST(EnvDiff, ANewValueKeepsWhatWasThereBefore) {
  FakeShell shell;
  shell["TURBO_TEAM"] = exported("mine");
  shell.enter_project(kA, {{"TURBO_TEAM", "1"}});
  shell.enter_project(kA, {{"TURBO_TEAM", "2"}});
  EXPECT_EQ(shell["TURBO_TEAM"], exported("2"));
  shell.leave_project();
  EXPECT_EQ(shell["TURBO_TEAM"], exported("mine"));
}

TEST(EnvDiff, ANestedProjectReplacesTheOuterOne) {
  FakeShell shell;
  const ShellView before = shell.view;
  shell.enter_project(kA, {{"TURBO_API", "1"}, {"TURBO_TEAM", "1"}});
  shell.enter_project(kB, {{"TURBO_API", "2"}});
  EXPECT_EQ(shell["TURBO_API"], exported("2"));
  EXPECT_EQ(shell["TURBO_TEAM"], VariableState{});
  shell.enter_project(kA, {{"TURBO_API", "1"}, {"TURBO_TEAM", "1"}});
  EXPECT_EQ(shell["TURBO_TEAM"], exported("1"));
  shell.leave_project();
  EXPECT_EQ(shell.view, before);
}

TEST(EnvDiff, WhatTheUserChangedInsideIsLeftAlone) {
  FakeShell shell;
  shell["TURBO_TEAM"] = exported("before");
  const Plan plan = {{"TURBO_API", "1"}, {"TURBO_TEAM", "1"}, {"TURBO_TOKEN", "1"}};
  shell.enter_project(kA, plan);
  shell["TURBO_TEAM"] = exported("changed");
  shell["TURBO_TOKEN"] = {};
  shell["TURBO_API"] = unexported("1");
  const ShellView changed = shell.view;
  shell.enter_project(kA, plan);
  EXPECT_EQ(shell.view, changed) << "must not be set again";
  shell.enter_project(kA, {{"TURBO_API", "2"}, {"TURBO_TEAM", "2"}, {"TURBO_TOKEN", "2"}});
  EXPECT_EQ(shell.view, changed) << "nor after an edit of the configuration";
  shell.leave_project();
  EXPECT_EQ(shell.view, changed) << "nor put back on leaving";
}

TEST(EnvDiff, AChangeInOneProjectDoesNotBindTheNext) {
  FakeShell shell;
  shell.enter_project(kA, {{"NX_SELF_HOSTED_REMOTE_CACHE_SERVER", "1"}});
  shell["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"] = exported("changed");
  shell.enter_project(kB, {{"NX_SELF_HOSTED_REMOTE_CACHE_SERVER", "2"}});
  EXPECT_EQ(shell["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"], exported("2"));
  shell.leave_project();
  EXPECT_EQ(shell["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"], exported("changed"));
}

TEST(EnvDiff, TakesItsWordOutOfOptionsTheUserWentOnEditing) {
  FakeShell shell;
  shell["GRADLE_OPTS"] = exported("-Xmx1g");
  const Plan plan = {{"GRADLE_OPTS", "-Xmx1g -Dfabrik.gradle.url=u"}};
  shell.enter_project(kA, plan);
  shell["GRADLE_OPTS"] = exported("-Xmx1g -Dfabrik.gradle.url=u -Dmine");
  EXPECT_EQ(user_view(shell.view, shell.state).at("GRADLE_OPTS"), exported("-Xmx1g -Dmine"));
  shell.leave_project();
  EXPECT_EQ(shell["GRADLE_OPTS"], exported("-Xmx1g -Dmine"));
}

TEST(EnvDiff, LeavingTakesTheSecondWordOutOfEditedOptionsToo) {
  FakeShell shell;
  shell["GRADLE_OPTS"] = exported("-Xmx1g");
  shell.enter_project(kA,
                      {{"GRADLE_OPTS", "-Xmx1g -Dorg.gradle.caching=true -Dfabrik.gradle.url=u"}});
  shell["GRADLE_OPTS"] = exported("-Xmx1g -Dorg.gradle.caching=true -Dfabrik.gradle.url=u -Dmine");
  shell.leave_project();
  EXPECT_EQ(shell["GRADLE_OPTS"], exported("-Xmx1g -Dmine"));
}

TEST(EnvDiff, OptionsThatLostOurWordInsideStayWithoutIt) {
  FakeShell shell;
  const Plan plan = {{"GRADLE_OPTS", "-Dfabrik.gradle.url=u"}};
  shell.enter_project(kA, plan);
  shell["GRADLE_OPTS"] = exported("-Xmx1g");
  shell.enter_project(kA, plan);
  EXPECT_EQ(shell["GRADLE_OPTS"], exported("-Xmx1g"));
}

TEST(EnvDiff, NeverTouchesAVeryLongValue) {
  FakeShell shell;
  shell["GRADLE_OPTS"] = exported(std::string(9000, 'x'));
  const ShellView before = shell.view;
  shell.enter_project(kA, {{"GRADLE_OPTS", "1"}});
  EXPECT_EQ(shell.view, before);
  EXPECT_EQ(shell.state.find("GRADLE_OPTS"), nullptr);
}

TEST(EnvDiff, UncoversAUniversalVariableOfFish) {
  FakeShell shell;
  const VariableState universal{.kind = Kind::exported, .universal = true, .value = "mine"};
  shell["TURBO_TEAM"] = universal;
  shell.enter_project(kA, {{"TURBO_TEAM", "1"}});
  EXPECT_EQ(leave(shell.view, shell.state),
            (std::vector<Change>{{Change::Action::unset, "TURBO_TEAM", ""}}));
}

TEST(EnvDiff, AnotherKindOfShellGetsTheValueOfAUniversalVariable) {
  FakeShell shell;
  shell["TURBO_TEAM"] = {.kind = Kind::exported, .universal = true, .value = "mine"};
  shell["TURBO_TOKEN"] = {.kind = Kind::unexported, .universal = true, .value = "hidden"};
  shell.enter_project(kA, {{"TURBO_TEAM", "1"}, {"TURBO_TOKEN", "1"}});
  shell.state = inherit(shell.state, shell.view, true, false);
  shell.leave_project();
  EXPECT_EQ(shell["TURBO_TEAM"], exported("mine"));
  EXPECT_EQ(shell["TURBO_TOKEN"], VariableState{});
}

TEST(EnvDiff, AChildShellNeverGetsWhatWasNotExported) {
  FakeShell shell;
  shell["TURBO_TEAM"] = unexported("parent's");
  shell.enter_project(kA, {{"TURBO_TEAM", "1"}});
  shell.state = inherit(shell.state, shell.view, true, false);
  shell.leave_project();
  EXPECT_EQ(shell["TURBO_TEAM"], VariableState{});
}

TEST(EnvDiff, WhatAChildsStartFilesSetIsTheUsersOwn) {
  FakeShell shell;
  const Plan plan = {{"NX_SELF_HOSTED_REMOTE_CACHE_SERVER", "1"}};
  shell.enter_project(kA, plan);
  shell["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"] = exported("from the rc file");
  shell.state = inherit(shell.state, shell.view, true, false);
  shell.enter_project(kA, plan);
  EXPECT_EQ(shell["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"], exported("1"));
  shell.leave_project();
  EXPECT_EQ(shell["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"], exported("from the rc file"));
}

TEST(EnvDiff, LeavingWithoutAStateChangesNothing) {
  FakeShell shell;
  shell["TURBO_TEAM"] = exported("mine");
  EXPECT_TRUE(leave(shell.view, {}).empty());
}

}  // namespace
}  // namespace fabrik::activate
