// A control group that ends whoever uses more memory (version 1 or 2). Needs root.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace fabrik::testing {

class MemoryGroup {
 public:
  MemoryGroup(const std::string& name, std::uint64_t bytes) {
    namespace fs = std::filesystem;
    const fs::path root = "/sys/fs/cgroup";
    const bool first = fs::exists(root / "memory/memory.limit_in_bytes");
    const fs::path parent = first ? root / "memory" : root;
    std::error_code error;
    if (fs::create_directory(parent / name, error); error) {
      problem_ = error.message();
      return;
    }
    dir_ = parent / name;
    std::ofstream limit(dir_ / (first ? "memory.limit_in_bytes" : "memory.max"));
    limit << bytes << std::flush;
    if (!limit) {
      problem_ = "no limit can be set in " + dir_.string();
    }
  }
  ~MemoryGroup() {
    std::error_code ignored;
    std::filesystem::remove(dir_, ignored);  // when its last process is gone
  }
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  bool works() const { return problem_.empty(); }
  const std::string& problem() const { return problem_; }
  // The file that a process writes its number to; empty when there is no group.
  std::filesystem::path procs() const {
    return works() ? dir_ / "cgroup.procs" : std::filesystem::path();
  }

 private:
  std::filesystem::path dir_;
  std::string problem_;
};

}  // namespace fabrik::testing
