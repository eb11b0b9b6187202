#include "cache/victim_cursor.hpp"

#include <algorithm>

namespace fabrik::cache {

VictimCursor::Insertion::Insertion(VictimCursor& cursor, std::uint64_t place) : cursor_(cursor) {
  const std::lock_guard lock(cursor_.mutex_);
  at_ = cursor_.being_inserted_.insert(place);
  cursor_.first_ = std::min(cursor_.first_, place);
  cursor_.lowest_since_scan_ = std::min(cursor_.lowest_since_scan_, place);
}

VictimCursor::Insertion::~Insertion() {
  const std::lock_guard lock(cursor_.mutex_);
  cursor_.being_inserted_.erase(at_);
}

std::uint64_t VictimCursor::begin_scan() {
  const std::lock_guard lock(mutex_);
  lowest_since_scan_ = being_inserted_.empty() ? UINT64_MAX : *being_inserted_.begin();
  return first_;
}

void VictimCursor::end_scan(std::uint64_t place) {
  const std::lock_guard lock(mutex_);
  first_ = std::min(place, lowest_since_scan_);
}

std::uint64_t VictimCursor::first() const {
  const std::lock_guard lock(mutex_);
  return first_;
}

void VictimCursor::restart() {
  const std::lock_guard lock(mutex_);
  first_ = 0;
  lowest_since_scan_ = 0;
}

}  // namespace fabrik::cache
