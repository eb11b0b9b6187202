// What the supervisor's decisions need from the process they run in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "activate/control_server.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace fabrik::activate {

struct SupervisorParts;

class SupervisorHost {
 public:
  virtual ~SupervisorHost() = default;
  // The current log; another object after reopen_log().
  virtual Log& log() = 0;
  // The state directory has moved.
  virtual void reopen_log(const SupervisorParts& parts) = 0;
  // Tells whoever started us, once: a status, or why there is none.
  virtual void report_start(const std::string& json) = 0;
  // Becomes another binary with the same pid, lock and sockets. Returns only
  // when that failed.
  virtual Error replace_image(const SupervisorParts& parts, const std::filesystem::path& executable,
                              const std::vector<ControlCall>& unanswered) = 0;
};

}  // namespace fabrik::activate
