// The waiting part of a supervisor: one poll(2) over signals, the worker's
// readiness, control connections and, while no worker runs, the listeners.
#pragma once

#include "activate/control_server.hpp"
#include "activate/supervisor_core.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::activate {

// Blocks the signals a supervisor handles and makes them readable; ignores
// SIGPIPE, and SIGHUP unless in the foreground.
Result<UniqueFd> take_signals(bool foreground);

// Starts the worker and runs until core.finished(), then gets the last replies
// out. `waiting`: requests that an image before this one has received.
void run_supervisor_loop(SupervisorCore& core, ControlServer& server, int signals,
                         const Clock& clock, std::vector<ControlCall> waiting = {});

}  // namespace fabrik::activate
