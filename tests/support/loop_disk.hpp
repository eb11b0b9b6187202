// A file system of its own on a loop device, whose power can be cut. Needs root.
#pragma once

#include <filesystem>
#include <string>

namespace fabrik::testing {

class LoopDisk {
 public:
  enum class Kind { ext4, xfs };

  // Below `dir`, at least 300 megabytes for xfs. Check works(): not every machine has
  // loop devices to give.
  LoopDisk(const std::filesystem::path& dir, unsigned megabytes, Kind kind = Kind::ext4);
  ~LoopDisk();
  LoopDisk(const LoopDisk&) = delete;
  LoopDisk& operator=(const LoopDisk&) = delete;

  bool works() const { return problem_.empty(); }
  const std::string& problem() const { return problem_; }
  const std::filesystem::path& path() const { return mount_; }
  // What was not synced is gone, every later write fails (EXT4_IOC_SHUTDOWN and its
  // like of xfs).
  void cut_power();
  // As after the machine came up again: the journal is replayed.
  void power_on();
  // ext4 only: turns read-only under those who write, as after an error of the disk
  // (errors=remount-ro). What is there can be read. power_on() ends it.
  void turn_read_only();

 private:
  void mount();
  void run(const std::string& command);

  std::filesystem::path image_;
  std::filesystem::path mount_;
  Kind kind_;
  bool mounted_ = false;
  bool read_only_ = false;
  std::string problem_;
};

}  // namespace fabrik::testing
