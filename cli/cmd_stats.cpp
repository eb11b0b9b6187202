#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

#include "activate/control_client.hpp"
#include "base/units.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"
#include "cli/rows.hpp"
#include "cli/status_json.hpp"
#include "cli/worker_stats.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {kJsonOption, kConfigOption};
constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(5);

void print_spaces(const WorkerStats& stats, std::ostream& out) {
  out << "\n" << std::left << std::setw(12) << "tool" << std::right;
  for (const auto* heading : {"hits", "misses", "stored", "read", "written"}) {
    out << std::setw(12) << heading;
  }
  out << "\n";
  for (const SpaceStats& space : stats.spaces) {
    if (!space.was_used()) {
      continue;
    }
    out << std::left << std::setw(12) << space.name << std::right << std::setw(12) << space.hits
        << std::setw(12) << space.misses << std::setw(12) << space.puts << std::setw(12)
        << format_size(space.bytes_read) << std::setw(12) << format_size(space.bytes_written)
        << "\n";
  }
}

void print_stats(const WorkerStats& stats, const Invocation& invocation) {
  const Rows rows(invocation.out, Style(invocation.colour));
  rows.add("hits", hit_rate(stats.hits(), stats.misses()));
  rows.add("cache", format_size(stats.bytes) + " of " + format_size(stats.max_bytes) + ", " +
                        std::to_string(stats.entries) + " entries, " + std::to_string(stats.blobs) +
                        " blobs");
  if (stats.evicted_blobs != 0) {
    rows.add("evicted", std::to_string(stats.evicted_blobs) + " blobs");
  }
  if (stats.corrupt_dropped != 0) {
    rows.add("healed", std::to_string(stats.corrupt_dropped) + " damaged blobs were dropped");
  }
  rows.add("worker", "up " + format_duration(stats.uptime) + ", " + std::to_string(stats.requests) +
                         " requests, " + format_size(stats.rss_bytes) + " of memory");
  if (std::ranges::any_of(stats.spaces, &SpaceStats::was_used)) {
    print_spaces(stats, invocation.out);
  }
}

Result<int> run_stats(const Invocation& invocation) {
  FABRIK_TRY(const config::Source source, require_source(invocation));
  FABRIK_TRY(const statefs::Paths paths, statefs::paths_from(invocation.env));
  const auto body = activate::worker_get(paths, source.project_id(), "/v1/stats", kTimeout);
  if (!body && body.error().code == Errc::unavailable) {
    invocation.err << "fabrik stats: no daemon is running for " << source.path.string() << "\n";
    return kExitNotRunning;
  }
  if (!body) {
    return fail(body.error());
  }
  FABRIK_TRY(const WorkerStats stats, parse_worker_stats(*body));
  if (invocation.has("json")) {
    invocation.out << dump_json(nlohmann::ordered_json::parse(*body, nullptr, false));
  } else {
    print_stats(stats, invocation);
  }
  return kExitOk;
}

}  // namespace

const Command kStatsCommand = {
    .name = "stats",
    .arguments = "",
    .summary = "Show hits, misses and sizes since the worker started",
    .details =
        "Lists the tools that asked for something. Wakes an idle worker. Ends with 3 when no\n"
        "daemon is running.\n"
        "\n"
        "Examples:\n"
        "  fabrik stats\n"
        "  fabrik stats --json | jq .store.bytes\n",
    .options = kOptions,
    .run = run_stats,
};

}  // namespace fabrik::cli
