// systemd's manager of the user's services, through `systemctl --user`.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fabrik::cli::service {

// Reads unit files anew. unavailable: there is no such manager here (no systemd,
// or no session of this user), with what systemctl says.
Result<void> reload();
// Now, and whenever the manager starts. unavailable with systemctl's words.
Result<void> start(std::string_view unit);
// Not now and not later. What is not there counts as stopped.
void stop(std::string_view unit);

// "enabled", "disabled", "active", "inactive", "failed" ...; "unknown" without a
// manager.
std::string enablement(std::string_view unit);
std::string activity(std::string_view unit);

}  // namespace fabrik::cli::service
