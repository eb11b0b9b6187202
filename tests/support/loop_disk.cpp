#include "tests/support/loop_disk.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/unique_fd.hpp"

namespace fabrik::testing {
namespace {

// linux/fs.h has no name for it in older headers.
constexpr unsigned long kShutdown = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kWithoutFlushingTheLog = 2;

}  // namespace

LoopDisk::LoopDisk(const std::filesystem::path& dir, unsigned megabytes, Kind kind)
    : image_(dir / "disk.img"), mount_(dir / "disk"), kind_(kind) {
  if (::geteuid() != 0) {
    problem_ = "needs root to mount a loop device";
    return;
  }
  std::filesystem::create_directory(mount_);
  run("truncate -s " + std::to_string(megabytes) + "M '" + image_.string() + "'");
  run((kind == Kind::xfs ? "mkfs.xfs -q '" : "mkfs.ext4 -q -F '") + image_.string() + "'");
  mount();
}

LoopDisk::~LoopDisk() {
  if (mounted_) {
    ::umount2(mount_.c_str(), MNT_DETACH);
  }
}

void LoopDisk::run(const std::string& command) {
  if (works() && std::system((command + " >&2").c_str()) != 0) {
    problem_ = command + " failed";
  }
}

void LoopDisk::mount() {
  const std::string options = kind_ == Kind::ext4 ? "loop,errors=remount-ro" : "loop";
  run("mount -o " + options + " '" + image_.string() + "' '" + mount_.string() + "'");
  mounted_ = works();
}

void LoopDisk::cut_power() {
  const UniqueFd root(::open(mount_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::uint32_t how = kWithoutFlushingTheLog;
  if (::ioctl(root.get(), kShutdown, &how) != 0) {
    problem_ = std::string("shut the file system down: ") + std::strerror(errno);
  }
}

void LoopDisk::power_on() {
  run("umount '" + mount_.string() + "'");
  mounted_ = false;
  if (read_only_) {
    run("e2fsck -fy '" + image_.string() + "' >/dev/null 2>&1 || [ $? -eq 1 ]");  // 1: repaired
    read_only_ = false;
  }
  mount();
}

void LoopDisk::turn_read_only() {
  struct stat root{};
  ::stat(mount_.c_str(), &root);
  const auto device =
      std::filesystem::canonical("/sys/dev/block/" + std::to_string(major(root.st_dev)) + ':' +
                                 std::to_string(minor(root.st_dev)));
  std::ofstream trigger("/sys/fs/ext4" / device.filename() / "trigger_fs_error");
  trigger << '1' << std::flush;
  if (!trigger) {
    problem_ = "no error can be provoked on " + device.string();
  }
  read_only_ = true;
}

}  // namespace fabrik::testing
