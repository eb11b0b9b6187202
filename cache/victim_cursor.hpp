// Remembers where the eviction order begins, so that looking for a victim does
// not wade through everything that was evicted before.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>

namespace fabrik::cache {

// Thread-safe; one scan at a time.
class VictimCursor {
 public:
  // Around every write that puts something into the order, so that a scan which
  // runs at the same time cannot pass over it.
  class Insertion {
   public:
    Insertion(VictimCursor& cursor, std::uint64_t place);
    ~Insertion();
    Insertion(const Insertion&) = delete;
    Insertion& operator=(const Insertion&) = delete;

   private:
    VictimCursor& cursor_;
    std::multiset<std::uint64_t>::iterator at_;
  };

  // The place to start from: nothing stands before it.
  std::uint64_t begin_scan();
  // The scan found nothing that stays before `place`.
  void end_scan(std::uint64_t place);
  std::uint64_t first() const;
  // Forgets what was learnt: the order has been rebuilt.
  void restart();

 private:
  mutable std::mutex mutex_;
  std::uint64_t first_ = 0;
  std::uint64_t lowest_since_scan_ = UINT64_MAX;
  std::multiset<std::uint64_t> being_inserted_;
};

}  // namespace fabrik::cache
