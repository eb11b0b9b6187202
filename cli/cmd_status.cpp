#include <nlohmann/json.hpp>
#include <ostream>

#include "activate/control_client.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"
#include "cli/status_json.hpp"
#include "cli/status_text.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "all", .letter = 'a', .help = "List the daemons of all projects"},
    kJsonOption,
    kConfigOption,
};

Result<int> list_all(const Invocation& invocation) {
  FABRIK_TRY(const statefs::Paths paths, statefs::paths_from(invocation.env));
  const auto daemons = activate::list_daemons(paths);
  if (invocation.has("json")) {
    invocation.out << dump_json(daemons_json(daemons));
  } else {
    print_daemons(daemons, invocation.env, Style(invocation.colour), invocation.out);
  }
  return daemons.empty() ? kExitNotRunning : kExitOk;
}

Result<int> run_status(const Invocation& invocation) {
  if (invocation.has("all")) {
    return list_all(invocation);
  }
  FABRIK_TRY(const StatusReport report, make_status_report(invocation));
  if (invocation.has("json")) {
    invocation.out << dump_json(status_json(report));
  } else {
    print_status(report, invocation.env, Style(invocation.colour), invocation.out);
  }
  if (!report.daemon && !report.config_error.empty()) {
    return kExitConfig;
  }
  return report.daemon ? kExitOk : kExitNotRunning;
}

}  // namespace

const Command kStatusCommand = {
    .name = "status",
    .arguments = "",
    .summary = "Show the project, its daemon, its cache and this shell",
    .details =
        "Starts nothing. Ends with 0 when the daemon runs, 3 when it does not, and 78\n"
        "when it cannot because fabrik.toml is wrong.\n"
        "\n"
        "Examples:\n"
        "  fabrik status\n"
        "  fabrik status --all\n"
        "  fabrik status --json | jq .daemon.ports.http\n",
    .options = kOptions,
    .run = run_status,
};

}  // namespace fabrik::cli
