// Waits for new lines of log files that grow and are rotated (inotify).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "cli/log_view.hpp"

namespace fabrik::cli {

// Starts at the beginning of each file. Files need not exist yet; their directory
// must.
class LogFollower {
 public:
  struct File {
    std::filesystem::path path;
    std::string source;
  };
  static Result<LogFollower> create(const std::filesystem::path& directory,
                                    std::vector<File> files);

  // Complete lines since the last call, by time; none of a rotated file is lost.
  std::vector<LogLine> take();
  // Blocks until something in the directory changed. not_found: the directory
  // itself is gone.
  Result<void> wait();

 private:
  struct Position {
    File file;
    UniqueFd fd = {};
    ino_t inode = 0;
    std::string partial = {};
  };
  static void read_to_end(Position& position, std::vector<LogLine>& lines);
  static bool reopen(Position& position);

  std::vector<Position> positions_;
  UniqueFd notify_;
};

}  // namespace fabrik::cli
