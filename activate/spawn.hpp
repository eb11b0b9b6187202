// Starts processes with exactly the descriptors they are given. fork() and
// nothing but system calls until exec(), because a library that spawns for us
// ran destructors in the child when exec() failed.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/env.hpp"
#include "base/result.hpp"

namespace fabrik::activate {

// Our descriptor `from` becomes `to` (3 or higher) in the new process.
struct Inherited {
  int from;
  int to;
};

struct ProcessSpec {
  std::filesystem::path executable;
  std::vector<std::string> arguments;    // without the program's own name
  std::vector<std::string> environment;  // "NAME=value"
  std::vector<Inherited> descriptors;    // all others are closed
  std::filesystem::path stderr_file;     // appended to; empty: /dev/null
  bool keep_stdio = false;               // 0-2 as ours, for the foreground
};

// A daemon: own session, not our child, cwd /, umask 077, default signals and
// mask, stdin and stdout on /dev/null. Returns once exec() succeeded or failed.
Result<void> spawn_detached(const ProcessSpec& spec);

// A child in its own process group that gets SIGTERM when this thread's process
// dies. The caller waits for it. Same care otherwise.
Result<pid_t> spawn_child(const ProcessSpec& spec);

// What a daemon may know of the environment it happens to be started from:
// HOME, PATH, locale, XDG_*, FABRIK_CONFIG_* and little else. No credentials of
// other tools, nothing that activation exports.
std::vector<std::string> daemon_environment(const Env& env);

}  // namespace fabrik::activate
