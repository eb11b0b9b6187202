// Keeps the write audit in files (statefs/audit_trail.hpp), on a thread of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "cache/audit_log.hpp"

namespace fabrik::daemon {

struct AuditLimits {
  std::uint64_t rotate_at = 16 * 1024 * 1024;  // bytes per file
  unsigned files_kept = 8;                     // rotated ones
  std::size_t queue = 65'536;  // records not written yet; more are lost, with a word
};

// Appends in batches, at most 50 ms after the write. What a crash cuts off is at
// most such a batch. A disk that refuses records is logged, and nobody else is
// bothered.
class AuditWriter final : public cache::AuditLog {
 public:
  // `log_dir` exists. `clock` and `log` must outlive it.
  AuditWriter(std::filesystem::path log_dir, const Clock& clock, Log& log, AuditLimits limits = {});
  // Writes what is left.
  ~AuditWriter() override;

  void wrote(cache::WriteRecord record) override;
  // Returns when everything told so far is in the files.
  void flush();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fabrik::daemon
