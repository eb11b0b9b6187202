// What the exit statuses of `fabrik` mean, for the man page and docs/cli.md.
#pragma once

#include <span>
#include <string_view>

namespace fabrik::cli {

struct ExitCode {
  int status;
  std::string_view meaning;
};

std::span<const ExitCode> exit_codes();

}  // namespace fabrik::cli
