// What a supervisor tells about itself: the answer to every control request.
// activate/status_json.hpp has its JSON form.
#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace fabrik::activate {

struct DaemonStatus {
  int protocol = 1;
  std::string build;       // version and build id of the supervisor's binary
  std::string executable;  // the `fabrik` it runs from
  pid_t supervisor_pid = 0;
  std::string project_id;
  std::string config_path;
  std::string config_hash;  // the generation being served
  std::string state_dir;    // daemons/<config hash>
  std::string cache_dir;
  std::string bazelrc;   // the project's rc file for Bazel
  bool trusted = false;  // privileged keys count
  std::uint16_t http_port = 0;
  std::uint16_t grpc_port = 0;  // 0: a build before gRPC
  std::int64_t started_unix_ms = 0;

  std::string worker_state;  // "running", "starting", "idle", "failed"
  pid_t worker_pid = 0;      // 0: none
  std::uint64_t worker_restarts = 0;
  // Token mode: what every request has to present. Empty: the user id decides. A
  // secret: for the project's own variables and requests, never for a log or a report.
  std::string access_token;
  // Why the worker failed last, or why the running one has no store and answers
  // misses; empty: all is well.
  std::string last_error;

  // The ports are open, but what connects waits for the worker. What only a worker
  // knows (access_token, last_error) may still be missing.
  bool is_starting() const { return worker_state == "starting"; }
};

}  // namespace fabrik::activate
