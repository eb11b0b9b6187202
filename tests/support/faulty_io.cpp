#include "tests/support/faulty_io.hpp"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

using fabrik::testing::DiskFault;

// System calls have no context to carry this in.
struct Disk {
  std::atomic<bool> armed{false};
  std::string prefix;  // changes only while not armed
  DiskFault fault;
  std::atomic<std::uint64_t> calls{0};
  std::array<std::atomic<bool>, 4096> ours{};  // descriptors of files below the prefix
};
Disk disk;

enum class Verdict { pass, fail };

Verdict judge(DiskFault::Calls calls) {
  if (!disk.armed.load() || calls != disk.fault.calls) {
    return Verdict::pass;
  }
  const std::uint64_t number = ++disk.calls;
  const std::uint64_t nth = disk.fault.nth;
  const bool strikes = nth != 0 && (number == nth || (disk.fault.lasting && number > nth));
  if (strikes) {
    errno = disk.fault.error;
  }
  return strikes ? Verdict::fail : Verdict::pass;
}

bool is_ours(const char* path) {
  return path != nullptr && !disk.prefix.empty() &&
         std::strncmp(path, disk.prefix.c_str(), disk.prefix.size()) == 0;
}
bool is_ours(int fd) {
  return fd >= 0 && static_cast<std::size_t>(fd) < disk.ours.size() &&
         disk.ours[static_cast<std::size_t>(fd)].load();
}

template <class Target>
bool fails(Target target, DiskFault::Calls calls) {
  return is_ours(target) && judge(calls) == Verdict::fail;
}

template <class Function>
Function* real(Function*& cached, const char* name) {
  if (cached == nullptr) {
    cached = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
  }
  return cached;
}

DiskFault::Calls calls_of(int flags) {
  return (flags & (O_CREAT | O_TRUNC)) != 0 ? DiskFault::Calls::writes : DiskFault::Calls::reads;
}

int adopt(int fd, const char* path) {
  if (fd >= 0 && static_cast<std::size_t>(fd) < disk.ours.size()) {
    disk.ours[static_cast<std::size_t>(fd)] = is_ours(path);
  }
  return fd;
}

// Half of the bytes of a write that fails.
template <class Write>
ssize_t tear(std::size_t size, Write write) {
  const int error = errno;
  if (disk.fault.torn && size > 1) {
    (void)write(size / 2);
  }
  errno = error;
  return -1;
}

using Calls = DiskFault::Calls;

}  // namespace

namespace fabrik::testing {

FaultyDisk::FaultyDisk(const std::filesystem::path& dir, const DiskFault& fault) {
  disk.prefix = dir.string();
  disk.fault = fault;
  disk.calls = 0;
  disk.armed = true;
}
FaultyDisk::~FaultyDisk() {
  disk.armed = false;
}
bool FaultyDisk::struck() const {
  return disk.fault.nth != 0 && disk.calls.load() >= disk.fault.nth;
}
std::uint64_t FaultyDisk::calls() const {
  return disk.calls.load();
}

}  // namespace fabrik::testing

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's names are reserved
extern "C" {

#define FABRIK_OPEN(name)                                     \
  int name(const char* path, int flags, ...) {                \
    static int (*next)(const char*, int, ...) = nullptr;      \
    va_list more;                                             \
    va_start(more, flags);                                    \
    const mode_t mode = va_arg(more, mode_t);                 \
    va_end(more);                                             \
    if (fails(path, calls_of(flags))) {                       \
      return -1;                                              \
    }                                                         \
    return adopt(real(next, #name)(path, flags, mode), path); \
  }
FABRIK_OPEN(open)
FABRIK_OPEN(open64)

#define FABRIK_OPENAT(name)                                        \
  int name(int dir, const char* path, int flags, ...) {            \
    static int (*next)(int, const char*, int, ...) = nullptr;      \
    va_list more;                                                  \
    va_start(more, flags);                                         \
    const mode_t mode = va_arg(more, mode_t);                      \
    va_end(more);                                                  \
    if (fails(path, calls_of(flags))) {                            \
      return -1;                                                   \
    }                                                              \
    return adopt(real(next, #name)(dir, path, flags, mode), path); \
  }
FABRIK_OPENAT(openat)
FABRIK_OPENAT(openat64)

#define FABRIK_FOPEN(name)                                            \
  FILE* name(const char* path, const char* mode) {                    \
    static FILE* (*next)(const char*, const char*) = nullptr;         \
    if (fails(path, mode[0] == 'r' ? Calls::reads : Calls::writes)) { \
      return nullptr;                                                 \
    }                                                                 \
    return real(next, #name)(path, mode);                             \
  }
FABRIK_FOPEN(fopen)
FABRIK_FOPEN(fopen64)

int close(int fd) {
  static int (*next)(int) = nullptr;
  if (is_ours(fd)) {
    disk.ours[static_cast<std::size_t>(fd)] = false;
  }
  return real(next, "close")(fd);
}

ssize_t read(int fd, void* buffer, size_t size) {
  static ssize_t (*next)(int, void*, size_t) = nullptr;
  return fails(fd, Calls::reads) ? -1 : real(next, "read")(fd, buffer, size);
}

#define FABRIK_PREAD(name)                                                         \
  ssize_t name(int fd, void* buffer, size_t size, off_t at) {                      \
    static ssize_t (*next)(int, void*, size_t, off_t) = nullptr;                   \
    return fails(fd, Calls::reads) ? -1 : real(next, #name)(fd, buffer, size, at); \
  }
FABRIK_PREAD(pread)
FABRIK_PREAD(pread64)

ssize_t write(int fd, const void* bytes, size_t size) {
  static ssize_t (*next)(int, const void*, size_t) = nullptr;
  const auto write = [&](size_t part) { return real(next, "write")(fd, bytes, part); };
  return fails(fd, Calls::writes) ? tear(size, write) : write(size);
}

#define FABRIK_PWRITE(name)                                                                 \
  ssize_t name(int fd, const void* bytes, size_t size, off_t at) {                          \
    static ssize_t (*next)(int, const void*, size_t, off_t) = nullptr;                      \
    const auto write = [&](size_t part) { return real(next, #name)(fd, bytes, part, at); }; \
    return fails(fd, Calls::writes) ? tear(size, write) : write(size);                      \
  }
FABRIK_PWRITE(pwrite)
FABRIK_PWRITE(pwrite64)

#define FABRIK_SYNC(name)                                         \
  int name(int fd) {                                              \
    static int (*next)(int) = nullptr;                            \
    return fails(fd, Calls::writes) ? -1 : real(next, #name)(fd); \
  }
FABRIK_SYNC(fsync)
FABRIK_SYNC(fdatasync)

#define FABRIK_TRUNCATE(name)                                           \
  int name(int fd, off_t size) noexcept {                               \
    static int (*next)(int, off_t) = nullptr;                           \
    return fails(fd, Calls::writes) ? -1 : real(next, #name)(fd, size); \
  }
FABRIK_TRUNCATE(ftruncate)
FABRIK_TRUNCATE(ftruncate64)

#define FABRIK_ALLOCATE(name)                                                       \
  int name(int fd, int mode, off_t from, off_t size) {                              \
    static int (*next)(int, int, off_t, off_t) = nullptr;                           \
    return fails(fd, Calls::writes) ? -1 : real(next, #name)(fd, mode, from, size); \
  }
FABRIK_ALLOCATE(fallocate)
FABRIK_ALLOCATE(fallocate64)

int rename(const char* from, const char* to) noexcept {
  static int (*next)(const char*, const char*) = nullptr;
  return fails(from, Calls::writes) ? -1 : real(next, "rename")(from, to);
}
int unlink(const char* path) noexcept {
  static int (*next)(const char*) = nullptr;
  return fails(path, Calls::writes) ? -1 : real(next, "unlink")(path);
}
int mkdir(const char* path, mode_t mode) noexcept {
  static int (*next)(const char*, mode_t) = nullptr;
  return fails(path, Calls::writes) ? -1 : real(next, "mkdir")(path, mode);
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
