// The command line of fabrikd. People type `fabrik`; this is what its supervisor
// runs, plus a few options for tests and benchmarks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace fabrik::daemon {

struct WorkerArguments {
  std::filesystem::path config;       // snapshot of the accepted bytes; empty: defaults
  std::filesystem::path config_path;  // the original: what relative paths refer to
  std::string project_id;
  std::filesystem::path state_dir;          // gets log/worker.log; empty: log to the console
  std::filesystem::path cache_dir_default;  // when the configuration names none
  std::filesystem::path token_file;         // the project's token, for token mode
  int http_fd = -1;                         // listening TCP socket
  int grpc_fd = -1;                         // likewise, for gRPC
  int admin_fd = -1;                        // listening Unix socket
  int ready_fd = -1;                        // gets the ready line; -1: stdout does
  bool trusted = false;                     // privileged keys count
  bool foreground = false;                  // log to the console as well
  // Instead of the descriptors: open the sockets ourselves.
  std::optional<std::uint16_t> http_port;
  std::optional<std::uint16_t> grpc_port;
  std::filesystem::path admin_socket;
};

enum class Action { worker, help, version };

struct Arguments {
  Action action = Action::worker;
  WorkerArguments worker;
};

// `words` without the program's name. invalid_argument names the word.
Result<Arguments> parse_arguments(const std::vector<std::string>& words);

std::string_view usage();

}  // namespace fabrik::daemon
