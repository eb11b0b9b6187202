#include "activate/shell_view.hpp"

#include "activate/variables.hpp"

namespace fabrik::activate {
namespace {

bool lists(std::string_view words, std::string_view name) {
  const std::string padded = " " + std::string(words) + " ";
  return padded.find(" " + std::string(name) + " ") != std::string::npos;
}

}  // namespace

ShellView view_from(const Env& env) {
  ShellView view;
  const std::string universal = env.get(kUniversalVariable).value_or("");
  for (const Variable& variable : variables()) {
    VariableState state;
    if (auto value = env.get(variable.name)) {
      state.kind = VariableState::Kind::exported;
      state.value = *std::move(value);
    } else if (auto hidden = env.get(std::string(kShellValuePrefix) + std::string(variable.name))) {
      state.kind = VariableState::Kind::unexported;
      state.value = *std::move(hidden);
    }
    state.universal = state.kind != VariableState::Kind::unset && lists(universal, variable.name);
    view.emplace(variable.name, std::move(state));
  }
  return view;
}

Env environment_of(const ShellView& view, const Env& env) {
  Env::Map all = env.all();
  std::erase_if(all, [](const auto& entry) {
    const std::string_view name = entry.first;
    return name.starts_with(kShellValuePrefix) || name == kUniversalVariable ||
           name == kFreshVariable || name == kToldVariable;
  });
  for (const auto& [name, state] : view) {
    if (state.kind == VariableState::Kind::exported) {
      all.insert_or_assign(name, state.value);
    } else {
      all.erase(name);
    }
  }
  return Env(std::move(all));
}

}  // namespace fabrik::activate
