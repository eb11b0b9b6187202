// An audit log that a test can read.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "cache/audit_log.hpp"

namespace fabrik::testing {

// Thread-safe.
class RecordedWrites final : public cache::AuditLog {
 public:
  void wrote(cache::WriteRecord record) override {
    const std::lock_guard lock(mutex_);
    records_.push_back(std::move(record));
  }
  // What was written since the last time.
  std::vector<cache::WriteRecord> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(records_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<cache::WriteRecord> records_;
};

}  // namespace fabrik::testing
