#include "statefs/paths.hpp"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/digest.hpp"

namespace fabrik::statefs {
namespace {

// The longest name below the runtime directory, with its slashes.
constexpr std::string_view kLongestSocket = "/0123456789abcdef/control.sock";
constexpr std::size_t kSocketPathMax = sizeof(sockaddr_un::sun_path) - 1;

std::optional<std::filesystem::path> absolute_value(const Env& env, std::string_view name) {
  const auto value = env.non_empty(name);
  if (!value || value->front() != '/') {
    return std::nullopt;
  }
  return std::filesystem::path(*value).lexically_normal();
}

Result<std::filesystem::path> base_directory(const Env& env, std::string_view variable,
                                             std::string_view below_home) {
  if (auto value = absolute_value(env, variable)) {
    return *value / "fabrik";
  }
  if (auto home = absolute_value(env, "HOME")) {
    return *home / below_home / "fabrik";
  }
  return fail(Errc::invalid_argument,
              "find fabrik's directories: neither " + std::string(variable) +
                  " nor HOME holds an absolute path; set HOME to your home directory");
}

// As the XDG specification demands of the directory: ours, and 0700.
bool usable_runtime_dir(const std::filesystem::path& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid() &&
         (info.st_mode & 0777) == 0700;
}

bool holds_sockets(const std::filesystem::path& runtime) {
  return runtime.native().size() + kLongestSocket.size() <= kSocketPathMax;
}

std::filesystem::path short_runtime_dir(const std::filesystem::path& long_one) {
  const std::string name = sha256(as_bytes(long_one.native())).hex().substr(0, 16);
  return std::filesystem::path("/tmp") / ("fabrik-" + std::to_string(::geteuid())) / name;
}

std::filesystem::path runtime_directory(const Env& env, const std::filesystem::path& state) {
  const auto xdg = absolute_value(env, "XDG_RUNTIME_DIR");
  const std::filesystem::path wanted =
      xdg && usable_runtime_dir(*xdg) ? *xdg / "fabrik" : state / "run";
  return holds_sockets(wanted) ? wanted : short_runtime_dir(wanted);
}

}  // namespace

Result<Paths> paths_from(const Env& env) {
  Paths paths;
  FABRIK_TRY(paths.config, base_directory(env, "XDG_CONFIG_HOME", ".config"));
  FABRIK_TRY(paths.state, base_directory(env, "XDG_STATE_HOME", ".local/state"));
  FABRIK_TRY(paths.cache, base_directory(env, "XDG_CACHE_HOME", ".cache"));
  paths.runtime = runtime_directory(env, paths.state);
  return paths;
}

std::filesystem::path Paths::daemon_dir(std::string_view config_hash) const {
  return state / "daemons" / config_hash;
}
std::filesystem::path Paths::project_record(std::string_view project_id) const {
  return state / "projects" / (std::string(project_id) + ".json");
}
std::filesystem::path Paths::access_token(std::string_view project_id) const {
  return state / "projects" / (std::string(project_id) + ".token");
}
std::filesystem::path Paths::project_bazelrc(std::string_view project_id) const {
  return state / "projects" / (std::string(project_id) + ".bazelrc");
}
std::filesystem::path Paths::run_dir(std::string_view project_id) const {
  return runtime / project_id;
}
std::filesystem::path Paths::control_socket(std::string_view project_id) const {
  return run_dir(project_id) / "control.sock";
}
std::filesystem::path Paths::worker_socket(std::string_view project_id) const {
  return run_dir(project_id) / "worker.sock";
}
std::filesystem::path Paths::daemon_lock(std::string_view project_id) const {
  return run_dir(project_id) / "daemon.lock";
}
std::filesystem::path Paths::elect_lock(std::string_view project_id) const {
  return run_dir(project_id) / "elect.lock";
}
std::filesystem::path Paths::backoff_file(std::string_view project_id) const {
  return run_dir(project_id) / "backoff.json";
}
std::filesystem::path Paths::trust_dir() const {
  return state / "trust";
}
std::filesystem::path Paths::default_cache_dir(std::string_view project_id) const {
  return cache / project_id;
}

}  // namespace fabrik::statefs
