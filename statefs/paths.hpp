// Where everything lives: the XDG directories, and fabrik's own places in them.
// Pure: computes paths, touches nothing.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/env.hpp"
#include "base/result.hpp"

namespace fabrik::statefs {

// Relative and empty XDG values count as unset, as their specification says.
struct Paths {
  std::filesystem::path config;  // $XDG_CONFIG_HOME/fabrik
  std::filesystem::path state;   // $XDG_STATE_HOME/fabrik
  std::filesystem::path cache;   // $XDG_CACHE_HOME/fabrik
  // $XDG_RUNTIME_DIR/fabrik when usable, else state/run. When sockets below it
  // would exceed sun_path, /tmp/fabrik-<uid>/<16 hex of SHA-256(that path)>.
  std::filesystem::path runtime;

  // daemons/<config hash>: pid, ports.json, config_path.txt, config.toml, log/.
  std::filesystem::path daemon_dir(std::string_view config_hash) const;
  // projects/<project id>.json: sticky ports and the current generation.
  std::filesystem::path project_record(std::string_view project_id) const;
  // projects/<project id>.token: what clients present in token mode.
  std::filesystem::path access_token(std::string_view project_id) const;
  // projects/<project id>.bazelrc: where the project's Bazel cache is. Outlives stops.
  std::filesystem::path project_bazelrc(std::string_view project_id) const;
  // Locks and sockets of one project. Short: sun_path holds 107 bytes.
  std::filesystem::path run_dir(std::string_view project_id) const;
  std::filesystem::path control_socket(std::string_view project_id) const;  // the supervisor
  std::filesystem::path worker_socket(std::string_view project_id) const;   // the worker
  std::filesystem::path daemon_lock(std::string_view project_id) const;     // held for life
  std::filesystem::path elect_lock(std::string_view project_id) const;      // held while spawning
  std::filesystem::path backoff_file(std::string_view project_id) const;    // after failed starts
  std::filesystem::path trust_dir() const;                                  // one file per record
  std::filesystem::path default_cache_dir(std::string_view project_id) const;
};

// invalid_argument when neither HOME nor the needed XDG variables are set. Uses
// $XDG_RUNTIME_DIR only when it is a directory of ours with mode 0700.
Result<Paths> paths_from(const Env& env);

}  // namespace fabrik::statefs
