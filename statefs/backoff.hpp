// After a failed start the next callers fail at once until a pause has passed
// (1 s, 5 s, 30 s, 5 min), so that a broken daemon never slows every prompt.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace fabrik::statefs {

// One file per project. Safe between processes: the last writer wins, and a
// file that cannot be believed means no pause.
class Backoff {
 public:
  Backoff(std::filesystem::path file, const Clock& clock) : file_(std::move(file)), clock_(clock) {}

  // The error to answer with while attempts with this key (config hash, build)
  // have to wait; nullopt: go ahead. Another key never waits.
  std::optional<Error> blocked(std::string_view key) const;
  // Remembers a failure and lengthens the pause.
  void failed(std::string_view key, const Error& error) const;
  void clear() const;
  // Why the last attempt failed, for people; nullopt when it did not.
  std::optional<std::string> last_failure() const;

 private:
  std::filesystem::path file_;
  const Clock& clock_;
};

}  // namespace fabrik::statefs
