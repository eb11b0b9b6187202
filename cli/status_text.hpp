// A status report in words.
#pragma once

#include <iosfwd>

#include "base/env.hpp"
#include "cli/status_report.hpp"
#include "cli/style.hpp"

namespace fabrik::cli {

void print_status(const StatusReport& report, const Env& env, Style style, std::ostream& out);

// One line per daemon, for `fabrik status --all`.
void print_daemons(const std::vector<activate::DaemonStatus>& daemons, const Env& env, Style style,
                   std::ostream& out);

// Parts of it, for the overview as well.
std::string daemon_line(const StatusReport& report, Style style);
std::string shell_line(const ShellReport& shell, Style style);

// "2h 5m" since a moment in Unix milliseconds.
std::string age_of(std::int64_t unix_ms);

}  // namespace fabrik::cli
