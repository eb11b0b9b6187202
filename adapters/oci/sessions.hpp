// Uploads that go on over several requests. They live in the memory of the worker:
// after a restart clients are told that their upload is unknown, and begin again.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cache/content_api.hpp"

namespace fabrik::adapters {

// The bytes of one upload so far.
struct OciSession {
  std::unique_ptr<cache::BlobUpload> upload;  // nullptr: nothing came yet, or dropped
  std::uint64_t size = 0;                     // bytes received
  bool dropped = false;                       // no room for them: what comes is swallowed
};

struct OciSessionLimits {
  std::size_t count = 256;
  std::chrono::minutes idle{30};  // forgotten after so long without a request
};

// Thread-safe. Old sessions are cleared up when a request comes, without a timer.
class OciSessions {
 public:
  OciSessions(const Clock& clock, OciSessionLimits limits) : clock_(clock), limits_(limits) {}

  class Turn;

  // The new session's id: 32 hex digits nobody can guess. When there are too many,
  // the one idle for longest goes; unavailable when all are in use.
  Result<std::string> add(const std::string& repository);
  // Exclusive use until the Turn ends. not_found; conflict while another request
  // has it.
  Result<Turn> take(const std::string& repository, const std::string& id);
  // Whether it was there. A request that has it just then goes on for nothing.
  bool erase(const std::string& repository, const std::string& id);
  std::size_t size() const;

 private:
  struct Entry {
    std::string repository;
    OciSession session;
    std::chrono::steady_clock::time_point last_used;
    bool busy = false;
  };
  using Entries = std::map<std::string, std::shared_ptr<Entry>>;

  void forget_old_ones();
  bool make_room();
  void give_back(Entry& entry);

  const Clock& clock_;
  const OciSessionLimits limits_;
  mutable std::mutex mutex_;
  Entries entries_;
};

// Ends when destroyed; the session stays for the next request.
class OciSessions::Turn {
 public:
  Turn(OciSessions& owner, std::shared_ptr<Entry> entry)
      : owner_(&owner), entry_(std::move(entry)) {}
  Turn(Turn&&) noexcept = default;
  Turn& operator=(Turn&&) = delete;
  ~Turn() {
    if (entry_) {
      owner_->give_back(*entry_);
    }
  }
  OciSession& session() const { return entry_->session; }

 private:
  OciSessions* owner_;
  std::shared_ptr<Entry> entry_;
};

}  // namespace fabrik::adapters
