// One configuration as a supervisor serves it, from accepted bytes to state
// directory.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/env.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "config/discover.hpp"
#include "statefs/daemon_dir.hpp"
#include "statefs/paths.hpp"

namespace fabrik::activate {

struct Generation {
  config::Source source;
  std::string hash;                // of the source
  bool trusted_by_caller = false;  // FABRIK_TRUST where it was activated
  bool trusted = false;            // decided when its worker started last
  statefs::DaemonDir dir;
  std::string cache_dir;              // as its worker said
  std::uint16_t fixed_port = 0;       // daemon.http_port; 0: any, kept
  std::uint16_t fixed_grpc_port = 0;  // daemon.grpc_port; likewise
  bool serves_bazel = false;
  std::chrono::milliseconds drain{0};
  LogLevel log_level = LogLevel::info;
};

// Validates the configuration first; makes the directory with the snapshot only
// for a valid one. invalid_argument: all problems of the file.
Result<Generation> prepare_generation(const config::Source& source, bool trusted_by_caller,
                                      const Env& env, const statefs::Paths& paths);

// Whether privileged keys count: the user's own file, a decision in the trust
// store, or the caller's word.
bool is_trusted(const config::Source& source, bool by_caller, const statefs::Paths& paths);

}  // namespace fabrik::activate
