// `fabrik` without a command: where am I, is the cache working, what next?
#pragma once

#include "cli/command.hpp"

namespace fabrik::cli {

Result<int> run_overview(const Invocation& invocation);

}  // namespace fabrik::cli
