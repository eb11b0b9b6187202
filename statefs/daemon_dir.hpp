// daemons/<config hash>/: what one daemon generation says about itself to
// people, scripts and later processes.
//
//   config.toml      the accepted bytes, which the worker loads
//   config_path.txt  where they came from
//   ports.json       {"http": N, "grpc": N, "metrics": N}
//   pid              the supervisor
//   log/             supervisor.log, worker.log; stays after a stop
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.hpp"
#include "statefs/paths.hpp"

namespace fabrik::statefs {

struct DaemonRecord {
  pid_t pid = 0;
  std::uint16_t http_port = 0;
  std::uint16_t grpc_port = 0;
  std::filesystem::path config_path;
};

class DaemonDir {
 public:
  // Makes the directory and log/, both 0700 and ours, or says why not.
  static Result<DaemonDir> create(const Paths& paths, std::string_view config_hash);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path log_dir() const { return path_ / "log"; }
  std::filesystem::path snapshot() const { return path_ / "config.toml"; }

  Result<void> write_snapshot(std::string_view config) const;
  // Writes pid last: whoever can read it can read the rest.
  Result<void> publish(const DaemonRecord& record) const;
  // Does it still hold what publish() wrote?
  bool is_published() const;
  // The daemon is gone: pid first, then the rest, but not the log.
  void retract() const;
  // Another generation took over: everything.
  void remove() const;
  // Continues the log of the generation before, unless there is one here.
  void take_log_from(const DaemonDir& other) const;

 private:
  explicit DaemonDir(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// What a generation published. not_found: nothing (any more). forbidden and
// corrupt: something that must not be believed. A hint in any case: the process
// may be gone and its pid somebody else's.
Result<DaemonRecord> read_daemon_record(const Paths& paths, std::string_view config_hash);

}  // namespace fabrik::statefs
