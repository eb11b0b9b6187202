#include "activate/build_id.hpp"
#include "activate/ownership.hpp"
#include "activate/supervisor.hpp"
#include "cli/checked_config.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"
#include "cli/set_option.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {kSetOption, kConfigOption};

Result<int> run_daemon(const Invocation& invocation) {
  FABRIK_TRY(const Env env, env_with_settings(invocation));
  FABRIK_TRY(const auto paths, statefs::paths_from(env));
  activate::SupervisorOptions options;
  FABRIK_TRY(options.source, require_source(invocation));
  options.trusted = env.get("FABRIK_TRUST") == "1";
  options.executable = invocation.executable;
  options.foreground = true;
  FABRIK_TRY(options.worker, activate::find_worker(invocation.executable, env));
  const config::Trust trust = trust_in(options.source, env);
  FABRIK_CHECK(
      activate::check_ownership(options.source, trust == config::Trust::trusted, env, paths));
  if (const auto refused = refuse_wrong_config(invocation, options.source, env, trust)) {
    return *refused;
  }
  return activate::supervise(options, env, paths);
}

}  // namespace

const Command kDaemonCommand = {
    .name = "daemon",
    .arguments = "",
    .summary = "Run the project's daemon in the foreground",
    .details =
        "The same daemon that activation starts in the background, with its log on\n"
        "the console. Ctrl-C stops it cleanly; requests under way are finished first.\n"
        "\n"
        "Examples:\n"
        "  fabrik daemon\n"
        "  fabrik daemon --config ci/fabrik.toml --set cache.max_size=20GB\n",
    .options = kOptions,
    .run = run_daemon,
};

}  // namespace fabrik::cli
