// Runs a short program for what it prints ("gradle --version"). Several run at
// once: start them all, then collect.
//
// posix_spawn instead of Boost.Process: waiting with a deadline needs Asio there,
// which this program does without.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::cli {

class Child {
 public:
  // Started in its own process group with empty standard input; both outputs are
  // collected. not_found when there is no such program.
  static Result<Child> start(const std::vector<std::string>& command);

  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  // Kills the process group when it still runs.
  ~Child();

  // Everything it printed (at most 64 KiB), when it ended by itself with status
  // 0 before the deadline; nullopt otherwise. Call once.
  std::optional<std::string> output(std::chrono::steady_clock::time_point deadline);

  struct Ending {
    int status = 0;    // exit status; 128 + number after a signal
    std::string text;  // everything it printed, at most 64 KiB
  };
  // The same for a program whose failure has something to say; nullopt when it
  // did not end before the deadline.
  std::optional<Ending> ending(std::chrono::steady_clock::time_point deadline);

 private:
  Child(pid_t pid, UniqueFd out) : pid_(pid), out_(std::move(out)) {}
  bool read_until_end(std::chrono::steady_clock::time_point deadline, std::string& text);

  pid_t pid_;
  UniqueFd out_;
};

}  // namespace fabrik::cli
