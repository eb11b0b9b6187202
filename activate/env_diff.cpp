#include "activate/env_diff.hpp"

#include <algorithm>

#include "activate/variables.hpp"
#include "activate/words.hpp"

namespace fabrik::activate {
namespace {

using Kind = VariableState::Kind;

// All of a command's arguments and environment share two megabytes, and one of
// them may have 128 KiB; what we carry must stay small.
constexpr std::size_t kLargestOwnValue = 8 * 1024;

const VariableState& at(const ShellView& view, std::string_view name) {
  static const VariableState kUnset;
  const auto found = view.find(name);
  return found == view.end() ? kUnset : found->second;
}

bool is_ours(const VariableState& now, const Record& record) {
  return now.kind == Kind::exported && fingerprint(now.value) == record.ours;
}

// Does it still carry our word, whatever else the user did to it?
bool has_our_word(const VariableState& now, std::string_view name) {
  const Variable* variable = find_variable(name);
  return variable != nullptr && !variable->word.empty() && now.kind == Kind::exported &&
         has_word(now.value, variable->word);
}

VariableState without_ours(const VariableState& now, const Record& record) {
  if (record.hands_off) {
    return now;
  }
  if (is_ours(now, record)) {
    return record.before;
  }
  if (!has_our_word(now, record.name)) {
    return now;
  }
  const Variable& variable = *find_variable(record.name);
  VariableState rest{
      .kind = Kind::exported, .universal = false, .value = without_word(now.value, variable.word)};
  if (!variable.also.empty() && !has_word(record.before.value, variable.also)) {
    rest.value = without_word(rest.value, variable.also);
  }
  if (rest.value.empty() && record.before.kind != Kind::exported) {
    return record.before;
  }
  return rest;
}

bool changed_inside(const VariableState& now, const Record& record) {
  return record.hands_off || (!is_ours(now, record) && !has_our_word(now, record.name));
}

void add_change(std::vector<Change>& changes, std::string_view name, const VariableState& now,
                const VariableState& target) {
  if (now == target) {
    return;
  }
  Change change{.action = Change::Action::unset, .name = std::string(name), .value = {}};
  if (!target.universal && target.kind != Kind::unset) {
    change.action =
        target.kind == Kind::exported ? Change::Action::set : Change::Action::set_unexported;
    change.value = target.value;
  }
  changes.push_back(std::move(change));
}

const Assignment* find(std::span<const Assignment> plan, std::string_view name) {
  const auto found = std::ranges::find(plan, name, &Assignment::name);
  return found == plan.end() ? nullptr : &*found;
}

// Takes over what `record` said before in a shell that did not make it.
void adapt(Record& record, bool fresh, bool fish) {
  const bool lost = (fresh && !record.before.universal) || (record.before.universal && !fish);
  if (record.before.kind == Kind::unexported && lost) {
    record.before = {};
  }
  record.before.universal = record.before.universal && fish;
}

}  // namespace

ShellState inherit(ShellState state, const ShellView& now, bool fresh, bool fish) {
  if (fresh) {
    std::erase_if(state.records, [&](const Record& record) {
      return changed_inside(at(now, record.name), record);
    });
  }
  for (Record& record : state.records) {
    adapt(record, fresh, fish);
  }
  return state;
}

ShellView user_view(const ShellView& now, const ShellState& state) {
  ShellView view = now;
  for (const Record& record : state.records) {
    view[record.name] = without_ours(at(now, record.name), record);
  }
  return view;
}

Transition enter(const ShellView& now, const ShellState& old, ShellState project,
                 std::span<const Assignment> plan) {
  Transition transition{.state = std::move(project), .changes = {}};
  const bool same_project = old.config_path == transition.state.config_path;
  const ShellView user = user_view(now, old);
  for (const Variable& variable : variables()) {
    const VariableState& current = at(now, variable.name);
    const Record* record = old.find(variable.name);
    if (same_project && record != nullptr && changed_inside(current, *record)) {
      transition.state.records.push_back(
          {.name = record->name, .hands_off = true, .before = {}, .ours = {}});
      continue;
    }
    VariableState target = at(user, variable.name);
    const Assignment* assignment = find(plan, variable.name);
    if (assignment != nullptr && target.value.size() <= kLargestOwnValue) {
      transition.state.records.push_back({.name = assignment->name,
                                          .hands_off = false,
                                          .before = target,
                                          .ours = fingerprint(assignment->value)});
      target = {.kind = Kind::exported, .universal = false, .value = assignment->value};
    }
    add_change(transition.changes, variable.name, current, target);
  }
  return transition;
}

std::vector<Change> leave(const ShellView& now, const ShellState& old) {
  std::vector<Change> changes;
  const ShellView user = user_view(now, old);
  for (const Variable& variable : variables()) {
    add_change(changes, variable.name, at(now, variable.name), at(user, variable.name));
  }
  return changes;
}

}  // namespace fabrik::activate
