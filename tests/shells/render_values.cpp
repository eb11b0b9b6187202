// render_values SHELL: reads values that end in NUL bytes and prints a script
// for that shell which assigns each in every way activation does and prints what
// it then holds, ended by NUL. For test_quoting.py.
#include <iostream>
#include <iterator>
#include <string>

#include "activate/render_shell.hpp"

namespace {

using fabrik::activate::Change;
using fabrik::activate::HookVariable;
using fabrik::activate::Shell;

constexpr const char* kName = "TURBO_TEAM";
constexpr const char* kHookName = "__fabrik_told";

std::string print_variable(const std::string& name) {
  return "printf '%s\\0' \"$" + name + "\"\n";
}

bool print_script(Shell shell, const std::string& value) {
  for (const auto action : {Change::Action::set, Change::Action::set_unexported}) {
    const Change change{.action = action, .name = kName, .value = value};
    const HookVariable hook_variable{.name = kHookName, .value = value};
    const auto text = render(shell, {&change, 1}, {&hook_variable, 1});
    if (!text) {
      std::cerr << text.error().message << "\n";
      return false;
    }
    std::cout << *text << print_variable(kName) << print_variable(kHookName);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const auto shell = fabrik::activate::parse_shell(argc == 2 ? argv[1] : "");
  if (!shell) {
    std::cerr << "usage: render_values SHELL < VALUES\n";
    return 64;
  }
  for (std::string value; std::getline(std::cin, value, '\0');) {
    if (!print_script(*shell, value)) {
      return 1;
    }
  }
  return 0;
}
