#include "daemon/process.hpp"

#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace fabrik::daemon {
namespace {

constexpr std::uint64_t kForTheStore = 384;  // RocksDB's files, the log, the pool's temporary files
constexpr std::uint64_t kMostConnections = 4096;
constexpr std::uint64_t kFewestConnections = 8;

}  // namespace

void prepare_process() {
  ::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  // One arena per thread would keep what each freed.
  ::mallopt(M_ARENA_MAX, 2);
}

void end_with_parent() {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
}

std::uint64_t open_file_limit() {
  rlimit files{};
  return ::getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : 1024;
}

std::size_t connection_limit(std::uint64_t limit) {
  // Every request may have a blob open besides its connection.
  const std::uint64_t left = limit - std::min(limit / 2, kForTheStore);
  return static_cast<std::size_t>(std::clamp(left / 2, kFewestConnections, kMostConnections));
}

std::uint64_t resident_bytes() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"),
                                                             std::fclose);
  unsigned long long total = 0;
  unsigned long long resident = 0;
  if (!file || std::fscanf(file.get(), "%llu %llu", &total, &resident) != 2) {
    return 0;
  }
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace fabrik::daemon
