// How a supervisor survives its own replacement: everything it holds, written
// to memory that the next image inherits together with the descriptors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "activate/control_message.hpp"
#include "activate/supervisor_core.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::activate {

// A client that waits for its answer across the replacement.
struct ResumedCall {
  UniqueFd fd;
  ControlRequest request;
};

struct ResumeState {
  std::string project_id;
  UniqueFd lock;
  Listeners listeners;
  config::Source source;
  bool trusted_by_caller = false;
  std::string cache_dir;
  std::int64_t started_unix_ms = 0;
  std::uint64_t restarts = 0;
  bool foreground = false;
  std::filesystem::path worker;
  std::vector<ResumedCall> calls;
};

// A memfd with the state; every descriptor it names, and itself, survives
// exec(), all others are closed by it.
Result<UniqueFd> save_resume_state(const SupervisorParts& parts, const ControlServer& server,
                                   const std::vector<ControlCall>& unanswered);
// Undoes the descriptor flags when exec() failed.
void keep_private_again();

// Takes the descriptors over.
Result<ResumeState> load_resume_state(UniqueFd memory);

}  // namespace fabrik::activate
