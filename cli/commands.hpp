// The subcommands, by name. Each is defined in its own cmd_<name>.cpp.
#pragma once

#include <string_view>

#include "cli/command.hpp"

namespace fabrik::cli {

extern const Command kActivateCommand;
extern const Command kBuildkitArgsCommand;
extern const Command kDeactivateCommand;
extern const Command kAuditCommand;
extern const Command kBazelCommand;
extern const Command kRevokeCommand;
extern const Command kExecCommand;
extern const Command kInitCommand;
extern const Command kSetupCommand;
extern const Command kStatusCommand;
extern const Command kHealthCommand;
extern const Command kStatsCommand;
extern const Command kLogsCommand;
extern const Command kDoctorCommand;
extern const Command kStopCommand;
extern const Command kRestartCommand;
extern const Command kCacheCommand;
extern const Command kGcCommand;
extern const Command kServiceCommand;
extern const Command kTrustCommand;
extern const Command kUntrustCommand;
extern const Command kConfigCommand;
extern const Command kDaemonCommand;
extern const Command kSuperviseCommand;
extern const Command kCompletionsCommand;
extern const Command kManCommand;
extern const Command kHelpCommand;
extern const Command kVersionCommand;

// Exit statuses beside those of exit_code(Errc) in base/error.hpp.
inline constexpr int kExitOk = 0;
inline constexpr int kExitProblem = 1;     // the command worked and found a problem
inline constexpr int kExitNotRunning = 3;  // status, health: no daemon, as service tools answer
inline constexpr int kExitUsage = 64;      // EX_USAGE: unknown command, option or argument
inline constexpr int kExitConfig = 78;     // EX_CONFIG: fabrik.toml is wrong

// nullptr: there is no such command.
const Command* find_command(std::string_view name);

// The heading it stands under in `fabrik help`.
std::string_view group_of(const Command& command);

}  // namespace fabrik::cli
