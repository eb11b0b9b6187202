// A real fabrikd worker with directories and sockets of its own, started the way
// a supervisor starts it: inherited listening sockets, ready line on a pipe.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "tests/support/raw_http.hpp"

namespace fabrik::testing {

struct WorkerOptions {
  std::string config = {};  // fabrik.toml
  bool trusted = true;
  std::filesystem::path cache_dir = {};                    // default: <root>/cache
  std::filesystem::path token_file = {};                   // for token mode
  std::optional<std::uint64_t> open_files = std::nullopt;  // RLIMIT_NOFILE of the worker
  std::filesystem::path cgroup = {};                       // cgroup.procs of the group it runs in
  bool ready_pipe_is_closed = false;                       // as after the supervisor's death
  std::vector<std::string> arguments = {};                 // further ones
  bool grpc = false;                                       // serves gRPC, too
  std::vector<std::string> environment = {};               // "NAME=value", added to ours
};

// What stays while workers come and go: directories, and the listening sockets.
class WorkerHome {
 public:
  explicit WorkerHome(const std::filesystem::path& root);

  const std::filesystem::path& root() const { return root_; }
  std::uint16_t port() const { return port_; }
  std::uint16_t grpc_port() const;
  std::filesystem::path admin_socket() const { return root_ / "worker.sock"; }
  int http_listener() const { return http_.get(); }
  int admin_listener() const { return admin_.get(); }
  int grpc_listener() const { return grpc_.get(); }

 private:
  std::filesystem::path root_;
  UniqueFd http_;
  UniqueFd admin_;
  UniqueFd grpc_;
  std::uint16_t port_ = 0;
};

// Killed when it goes out of scope. FABRIKD_BINARY is what it runs.
class DaemonProcess {
 public:
  // Returns when the worker has said how its start went (bounded).
  explicit DaemonProcess(const WorkerHome& home, const WorkerOptions& options = {});
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  const std::string& ready_line() const { return ready_line_; }
  bool ready() const { return ready_line_.starts_with("{\"ready\":true"); }

  void terminate();
  void kill();
  // Exit status (128 + number after a signal); -1: still running after a minute.
  int wait();
  bool running();

  // Bytes, from /proc/<pid>/status: "VmRSS", "VmHWM" (the peak).
  std::uint64_t memory(std::string_view field) const;
  pid_t pid() const { return pid_; }

  RawResponse admin(std::string_view method, std::string_view target) const;
  // The log as it is now.
  std::string log() const;

 private:
  const WorkerHome& home_;
  pid_t pid_ = -1;
  std::optional<int> status_;
  std::string ready_line_;
};

// Runs fabrikd to its end and returns its output, with stderr.
std::string fabrikd_output(const std::vector<std::string>& arguments, int& status);

}  // namespace fabrik::testing
