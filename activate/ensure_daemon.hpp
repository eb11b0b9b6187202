// Reuse the project's daemon, bring it to this config generation, or start one.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>

#include "activate/daemon_status.hpp"
#include "base/env.hpp"
#include "base/result.hpp"
#include "config/discover.hpp"
#include "statefs/paths.hpp"

namespace fabrik::activate {

struct EnsureOptions {
  // How long a prompt may wait. After that: timeout, while the daemon goes on
  // starting in the background and the next call finds it.
  std::chrono::milliseconds deadline = std::chrono::seconds(2);
  std::filesystem::path executable;  // the `fabrik` to run as supervisor
  bool ignore_backoff = false;       // a person asks, not a prompt
  // A project that is not trusted starts none beyond so many of this user's, so that
  // a tree full of projects cannot fill the machine.
  std::size_t most_daemons = 500;
};

// Warm path: one round trip on the control socket. Otherwise the spawn protocol
// (docs/ARCHITECTURE.md): lock, ask again, spawn detached, wait for the
// readiness pipe. Of any number of concurrent callers one spawns. A supervisor
// that serves another generation or build is asked to switch; its ports stay.
// After failures callers fail fast until a back-off has passed. forbidden: not
// for this user (activate/ownership.hpp), or beyond most_daemons.
Result<DaemonStatus> ensure_daemon(const config::Source& source, const Env& env,
                                   const statefs::Paths& paths, const EnsureOptions& options);

// The same for those who only need to know where the ports are: past the deadline a
// daemon whose worker is still starting will do. Its ports are open and stay, and
// what connects to them waits for the worker. DaemonStatus::is_starting tells.
Result<DaemonStatus> ensure_ports(const config::Source& source, const Env& env,
                                  const statefs::Paths& paths, const EnsureOptions& options);

}  // namespace fabrik::activate
