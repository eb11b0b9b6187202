// One per active project: owns the lock, the listening sockets and the state
// files, starts the worker and starts it again (crash, config edit, upgrade,
// first request after an idle exit). Single-threaded poll loop, <= 2 MiB.
#pragma once

#include <filesystem>

#include "base/env.hpp"
#include "base/result.hpp"
#include "config/discover.hpp"
#include "statefs/paths.hpp"

namespace fabrik::activate {

struct SupervisorOptions {
  config::Source source;
  std::filesystem::path executable;  // our own binary: re-executed on upgrade
  std::filesystem::path worker;      // fabrikd
  int ready_fd = -1;                 // one JSON line goes here: the status, or {"error": ...}
  bool foreground = false;           // `fabrik daemon`: log to the console, stop on Ctrl-C
  bool trusted = false;              // by FABRIK_TRUST in the starter's environment
};

// Runs until stopped; the exit status of the process. Takes over the process:
// signal mask, and signals through a descriptor.
int supervise(const SupervisorOptions& options, const Env& env, const statefs::Paths& paths);

// Goes on where the image before left off when it executed a new binary in its
// place: `resume_fd` holds its state (resume_state.hpp), all descriptors are
// inherited, the pid is the same.
int resume_supervisor(int resume_fd, const std::filesystem::path& executable, const Env& env,
                      const statefs::Paths& paths);

}  // namespace fabrik::activate
