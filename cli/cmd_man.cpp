#include <ostream>

#include "cli/commands.hpp"
#include "cli/reference.hpp"

namespace fabrik::cli {
namespace {

Result<int> run_man(const Invocation& invocation) {
  invocation.out << man_page();
  return kExitOk;
}

}  // namespace

const Command kManCommand = {
    .name = "man",
    .arguments = "",
    .summary = "Print the manual page",
    .details =
        "Examples:\n"
        "  fabrik man | man -l -\n"
        "  fabrik man > ~/.local/share/man/man1/fabrik.1\n",
    .options = {},
    .run = run_man,
};

}  // namespace fabrik::cli
