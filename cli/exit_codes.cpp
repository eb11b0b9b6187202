#include "cli/exit_codes.hpp"

#include "cli/commands.hpp"

namespace fabrik::cli {
namespace {

constexpr ExitCode kExitCodes[] = {
    {kExitOk, "Success. `activate` always ends with 0, so that it never breaks a shell"},
    {kExitProblem, "The command worked and found a problem (doctor, health), or failed otherwise"},
    {kExitNotRunning, "status, health, stats: no daemon is running"},
    {kExitUsage, "Unknown command, option or argument"},
    {69, "The daemon did not answer in time, or is not available"},
    {70, "A bug in fabrik"},
    {74, "Reading or writing failed: disk full, file system error"},
    {77, "Permission denied, or the file belongs to somebody else"},
    {kExitConfig, "fabrik.toml is wrong; the message names file, line and key"},
    {126, "exec: the command was found and could not be started"},
    {127, "exec: the command was not found"},
};

}  // namespace

std::span<const ExitCode> exit_codes() {
  return kExitCodes;
}

}  // namespace fabrik::cli
