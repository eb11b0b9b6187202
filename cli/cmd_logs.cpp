#include <charconv>
#include <ostream>

#include "activate/control_client.hpp"
#include "cli/commands.hpp"
#include "cli/log_follower.hpp"
#include "cli/log_view.hpp"
#include "cli/project.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "follow", .letter = 'f', .help = "Go on printing new lines until Ctrl-C"},
    {.name = "lines", .letter = 'n', .value = "N", .help = "Print the last N lines (default 50)"},
    {.name = "worker", .help = "Only the log of the worker, which serves the build tools"},
    {.name = "supervisor", .help = "Only the log of the supervisor, which starts the worker"},
    {.name = "json", .help = "Print the lines as they are in the files", .env = kJsonOption.env},
    kConfigOption,
};

constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(2);

Result<std::size_t> wanted_lines(const Invocation& invocation) {
  const std::string text = invocation.value("lines", "50");
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Errc::invalid_argument, "--lines " + text + ": expected a number");
  }
  return count;
}

// The daemon's own word for where it logs, else where this file's daemon would.
Result<std::filesystem::path> log_directory(const Invocation& invocation) {
  FABRIK_TRY(const config::Source source, require_source(invocation));
  FABRIK_TRY(const statefs::Paths paths, statefs::paths_from(invocation.env));
  const auto status = activate::query_status(paths, source.project_id(), kTimeout);
  const std::filesystem::path state = status && *status && !(*status)->state_dir.empty()
                                          ? std::filesystem::path((*status)->state_dir)
                                          : paths.daemon_dir(source.config_hash());
  return state / "log";
}

std::vector<LogFollower::File> wanted_files(const Invocation& invocation,
                                            const std::filesystem::path& directory) {
  std::vector<LogFollower::File> files;
  const bool all = invocation.has("worker") == invocation.has("supervisor");
  for (const std::string source : {"supervisor", "worker"}) {
    if (all || invocation.has(source)) {
      files.push_back({directory / (source + ".log"), source});
    }
  }
  return files;
}

void print(const Invocation& invocation, const std::vector<LogLine>& lines) {
  const Style style(invocation.colour);
  for (const LogLine& line : lines) {
    invocation.out << (invocation.has("json") ? line.text : format_log_line(line, style)) << "\n";
  }
  invocation.out.flush();
}

Result<int> run_logs(const Invocation& invocation) {
  FABRIK_TRY(const std::size_t count, wanted_lines(invocation));
  FABRIK_TRY(const std::filesystem::path directory, log_directory(invocation));
  std::error_code ignored;
  if (!std::filesystem::is_directory(directory, ignored)) {
    return fail(Errc::not_found, "no daemon has logged anything for this fabrik.toml yet (" +
                                     directory.string() + " does not exist)");
  }
  const auto files = wanted_files(invocation, directory);
  std::vector<std::vector<LogLine>> logs;
  if (!invocation.has("follow")) {
    for (const auto& file : files) {
      logs.push_back(last_lines(file.path, file.source, count));
    }
    print(invocation, merge_lines(logs, count));
    return kExitOk;
  }
  FABRIK_TRY(LogFollower follower, LogFollower::create(directory, files));
  print(invocation, merge_lines({follower.take()}, count));
  while (invocation.out) {
    FABRIK_CHECK(follower.wait());
    print(invocation, follower.take());
  }
  return kExitOk;
}

}  // namespace

const Command kLogsCommand = {
    .name = "logs",
    .arguments = "",
    .summary = "Show what this project's daemon logged",
    .details =
        "Examples:\n"
        "  fabrik logs               the last 50 lines of both processes, by time\n"
        "  fabrik logs -f --worker   follow the requests of the build tools\n"
        "  fabrik logs --json -n 500 | jq 'select(.level == \"error\")'\n",
    .options = kOptions,
    .run = run_logs,
};

}  // namespace fabrik::cli
