// From the arguments of `fabrik` to an exit status.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "base/env.hpp"

namespace fabrik::cli {

// Where a command line runs. Borrowed for the time of the call.
struct World {
  const Env& env;
  std::filesystem::path executable;  // this `fabrik`, canonical
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
};

// `arguments` without the program's name. Prints errors as "fabrik <command>:
// <message>" on err and returns the exit status. Does not throw.
int run(const std::vector<std::string>& arguments, const World& world);

}  // namespace fabrik::cli
