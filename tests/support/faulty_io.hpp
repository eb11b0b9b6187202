// A disk that fails: takes the place of the system calls for files below one
// directory, in the test program that links this, RocksDB's own calls included.
// No seam in the product is needed, and no call can be forgotten.
#pragma once

#include <cstdint>
#include <filesystem>

namespace fabrik::testing {

struct DiskFault {
  enum class Calls { writes, reads };  // writes: everything that changes the disk

  Calls calls = Calls::writes;
  std::uint64_t nth = 0;  // the call that fails, from 1; 0: none, only count
  bool lasting = false;   // and all that follow
  bool torn = false;      // a failing write leaves half of its bytes behind
  int error = 5;          // EIO
};

// While it lives, calls on files below `dir` (opened meanwhile, or before under
// another FaultyDisk) are counted and fail as the fault says. One at a time.
class FaultyDisk {
 public:
  FaultyDisk(const std::filesystem::path& dir, const DiskFault& fault);
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  bool struck() const;
  std::uint64_t calls() const;
};

}  // namespace fabrik::testing
