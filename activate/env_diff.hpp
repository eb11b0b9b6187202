// From what a shell has now to what it shall have: entering, moving between
// projects, leaving. Pure. Rules:
// - leaving gives back exactly what was there: unset, empty, not exported;
// - what the user changed inside stays as the user left it, and is not touched
//   again in that project;
// - a variable that fabrik did not set is never touched.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "activate/env_plan.hpp"
#include "activate/shell_state.hpp"
#include "activate/shell_view.hpp"

namespace fabrik::activate {

struct Change {
  enum class Action {
    set,             // exported
    set_unexported,  // a shell variable that children do not see
    unset,           // fish: the session's variable; a universal one shows again
  };
  Action action = Action::set;
  std::string name = {};
  std::string value = {};

  bool operator==(const Change&) const = default;
};

struct Transition {
  ShellState state;
  std::vector<Change> changes;
};

// A state as another shell may take it over. `fresh`: this shell started with it
// in its environment, so what was not exported never was here, and what differs
// from our values was set by its start-up files: the user's own values, as if
// activation came after them. `fish`: universal variables exist.
ShellState inherit(ShellState state, const ShellView& now, bool fresh, bool fish);

// What the shell would have without fabrik.
ShellView user_view(const ShellView& now, const ShellState& state);

// Brings the shell to `plan`. `project` names the new project; its records are
// filled in. A user's value of more than 8 KiB is left alone.
Transition enter(const ShellView& now, const ShellState& old, ShellState project,
                 std::span<const Assignment> plan);

std::vector<Change> leave(const ShellView& now, const ShellState& old);

}  // namespace fabrik::activate
