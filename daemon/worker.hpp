// The composition root: one worker from start to exit.
#pragma once

#include "base/env.hpp"
#include "daemon/arguments.hpp"

namespace fabrik::daemon {

// Serves until SIGTERM or the idle timeout; returns the exit status of the
// process. Whoever started us has been told by then how the start went.
int run_worker(const WorkerArguments& arguments, const Env& env);

}  // namespace fabrik::daemon
