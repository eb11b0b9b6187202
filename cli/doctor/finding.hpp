// What `fabrik doctor` finds: one line each, with a cure when one is needed.
#pragma once

#include <string>
#include <vector>

#include "base/env.hpp"
#include "cli/command.hpp"
#include "cli/status_report.hpp"

namespace fabrik::cli::doctor {

enum class Level {
  good,
  note,     // worth knowing, nothing to do
  warning,  // works, but not as well as it could
  bad,      // does not work: exit status 1
};

struct Finding {
  Level level = Level::good;
  std::string subject;    // "hook", "gradle", "state directory"
  std::string text;       // what was found
  std::string cure = {};  // what to do; empty for good and note
};

using Findings = std::vector<Finding>;

// What the checks look at. Borrowed for the time of a check.
struct Patient {
  const Invocation& invocation;
  const StatusReport& report;
  const Env& env() const { return invocation.env; }
};

// Each looks at one thing and changes nothing but a few cache entries of its own.
Findings check_hook(const Patient& patient);
Findings check_config(const Patient& patient);
Findings check_daemon(const Patient& patient);
Findings check_shell(const Patient& patient);
Findings check_routes(const Patient& patient);
Findings check_directories(const Patient& patient);
Findings check_space(const Patient& patient);
Findings check_tools(const Patient& patient);

}  // namespace fabrik::cli::doctor
