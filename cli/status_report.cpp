#include "cli/status_report.hpp"

#include "activate/build_id.hpp"
#include "activate/control_client.hpp"
#include "base/clock.hpp"
#include "cli/project.hpp"
#include "config/load.hpp"
#include "statefs/backoff.hpp"
#include "statefs/trust_store.hpp"

namespace fabrik::cli {
namespace {

constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(2);

void load_config(const Env& env, StatusReport& report) {
  report.trusted = is_trusted(*report.source, report.paths);
  auto loaded = config::load(&*report.source, env, {},
                             report.trusted ? config::Trust::trusted : config::Trust::restricted);
  if (loaded) {
    report.config = std::move(loaded->config);
    report.ignored_keys = std::move(loaded->ignored_keys);
  } else {
    report.config_error = loaded.error().message;
  }
}

std::string why_not_running(const StatusReport& report) {
  const SystemClock clock;
  const statefs::Backoff backoff(report.paths.backoff_file(report.source->project_id()), clock);
  if (const auto message = backoff.last_failure()) {
    return "it could not start: " + *message;
  }
  return "nothing has started it yet, or it was stopped";
}

std::string why_not_current(const Invocation& invocation, const StatusReport& report) {
  if (report.daemon->config_hash != report.source->config_hash()) {
    return "it serves an earlier version of fabrik.toml; the next prompt switches it";
  }
  const auto worker = activate::find_worker(invocation.executable, invocation.env);
  const std::string build =
      activate::build_id(invocation.executable, worker.value_or(std::filesystem::path()));
  if (report.daemon->build != build) {
    return "it runs another build (" + report.daemon->build + ") than this fabrik (" + build +
           "); the next prompt switches it";
  }
  if (report.daemon->worker_state == "failed") {
    return "its worker cannot start: " + report.daemon->last_error;
  }
  return "";
}

void ask_daemon(const Invocation& invocation, StatusReport& report) {
  const std::string id = report.source->project_id();
  auto status = activate::query_status(report.paths, id, kTimeout);
  if (!status) {
    report.daemon_problem = status.error().message;
    return;
  }
  report.daemon = *std::move(status);
  if (!report.daemon) {
    report.daemon_problem = why_not_running(report);
    return;
  }
  report.daemon_problem = why_not_current(invocation, report);
  if (report.daemon->worker_state == "running") {
    if (const auto body = activate::worker_get(report.paths, id, "/v1/stats", kTimeout)) {
      auto stats = parse_worker_stats(*body);
      report.stats = stats ? std::optional(*std::move(stats)) : std::nullopt;
    }
  }
}

}  // namespace

bool is_trusted(const config::Source& source, const statefs::Paths& paths) {
  return source.is_user_config ||
         statefs::TrustStore(paths).is_trusted(source.path, source.content);
}

Result<StatusReport> make_status_report(const Invocation& invocation) {
  StatusReport report;
  FABRIK_TRY(report.paths, statefs::paths_from(invocation.env));
  auto source = find_source(invocation);
  if (!source) {
    report.config_error = source.error().message;
  } else if (*source) {
    report.source = *std::move(source);
    load_config(invocation.env, report);
    ask_daemon(invocation, report);
  }
  report.shell = inspect_shell(invocation.env, report.daemon ? &*report.daemon : nullptr);
  return report;
}

}  // namespace fabrik::cli
