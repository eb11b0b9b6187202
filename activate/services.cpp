#include "activate/services.hpp"

#include <signal.h>

#include "activate/ensure_daemon.hpp"
#include "activate/stamps.hpp"
#include "base/fs.hpp"
#include "statefs/paths.hpp"
#include "statefs/trust_store.hpp"

namespace fabrik::activate {
namespace {

Result<std::optional<config::Source>> find_source(const Env& env) {
  std::error_code error;
  const auto directory = std::filesystem::current_path(error);
  if (error) {
    return std::optional<config::Source>();  // a directory that was removed
  }
  return config::select_source({}, directory, env);
}

Result<config::Loaded> load_trusted(const config::Source& source, const Env& env) {
  FABRIK_TRY(const auto paths, statefs::paths_from(env));
  const bool trusted = source.is_user_config || env.get("FABRIK_TRUST") == "1" ||
                       statefs::TrustStore(paths).is_trusted(source.path, source.content);
  return config::load(&source, env, {},
                      trusted ? config::Trust::trusted : config::Trust::restricted);
}

// A zombie, which a container whose first process waits for nobody keeps for
// ever, is not alive.
bool is_alive(pid_t pid) {
  if (pid <= 0 || ::kill(pid, 0) != 0) {
    return false;
  }
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  return !stat || stat->find(") Z ") == std::string::npos;
}

bool through_symlink(const Env& env) {
  std::error_code error;
  const auto here = std::filesystem::current_path(error);
  const auto named = env.get("PWD");
  return !error && named && *named != here.native();
}

}  // namespace

Services services_for(const Env& env, const std::filesystem::path& executable,
                      std::chrono::milliseconds deadline) {
  Services services;
  services.find = [&env] { return find_source(env); };
  services.load = [&env](const config::Source& source) { return load_trusted(source, env); };
  services.ensure = [&env, options = EnsureOptions{.deadline = deadline, .executable = executable}](
                        const config::Source& source) -> Result<DaemonStatus> {
    FABRIK_TRY(const auto paths, statefs::paths_from(env));
    return ensure_ports(source, env, paths, options);
  };
  services.stamp = [&env](const config::Source& source) -> std::string {
    const auto paths = statefs::paths_from(env);
    const auto stamp = paths ? stamp_for(*paths, source) : fail(paths.error());
    return stamp ? stamp->string() : "";
  };
  services.alive = is_alive;
  services.through_symlink = through_symlink(env);
  return services;
}

}  // namespace fabrik::activate
