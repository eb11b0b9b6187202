#include "activate/env_plan.hpp"

#include <algorithm>
#include <charconv>

#include "activate/variables.hpp"
#include "activate/words.hpp"

namespace fabrik::activate {
namespace {

// Clients that want a token get this one. Who may talk to the daemon is decided
// by the connection's user id, so it protects nothing; but in token mode it is the
// project's own secret, through the channel that each protocol has for one.
constexpr std::string_view kLocalToken = "fabrik-local";
constexpr std::string_view kLocalTeam = "fabrik";

constexpr std::size_t kMaxSocketPath = 107;  // sun_path without its end
constexpr std::uint32_t kFirstServerPort = 10'240;
constexpr std::uint32_t kServerPorts = 22'528;  // up to 32767

class Planner {
 public:
  Planner(const config::Config& config, const DaemonStatus& status, const Env& user,
          bool gradle_is_set_up, const SccacheFacts& sccache)
      : config_(config),
        status_(status),
        user_(user),
        gradle_is_set_up_(gradle_is_set_up),
        sccache_(sccache),
        url_("http://127.0.0.1:" + std::to_string(status.http_port)) {}

  std::vector<Assignment> plan() && {
    set("FABRIK_HTTP_URL", url_);
    if (status_.grpc_port != 0 && config_.build_tools.is_enabled("bazel")) {
      set("FABRIK_GRPC_URL", "grpc://127.0.0.1:" + std::to_string(status_.grpc_port));
    }
    set("FABRIK_CONFIG_HASH", status_.config_hash);
    set("FABRIK_DAEMON_PID", std::to_string(status_.supervisor_pid));
    if (in_token_mode()) {
      // For scripts, and for Gradle's init script: an argument of a Java process
      // (GRADLE_OPTS) can be read by every user.
      set("FABRIK_TOKEN", status_.access_token);
    }
    gradle();
    nx();
    turborepo();
    ccache();
    rush();
    sccache();
    buildkit();
    bazel();
    moon();
    vite_plus();
    maven();
    return std::move(plan_);
  }

 private:
  void set(std::string_view name, std::string value) {
    const Variable* variable = find_variable(name);
    if (variable->tool.empty() || config_.build_tools.is_auto_configured(variable->tool)) {
      plan_.push_back({std::string(name), std::move(value)});
    }
  }
  bool in_token_mode() const { return !status_.access_token.empty(); }
  std::string token() const {
    return in_token_mode() ? status_.access_token : std::string(kLocalToken);
  }
  bool user_has(std::string_view name) const { return user_.non_empty(name).has_value(); }

  void gradle() {
    // Gradle 4 refuses a URL without the slash at the end.
    const std::string url = url_ + "/cache/";
    set("GRADLE_BUILD_CACHE_URL", url);
    // A running Gradle 4 daemon keeps the environment of its first build, but
    // takes system properties from each.
    const Variable& variable = *find_variable("GRADLE_OPTS");
    std::string options = without_word(user_.get("GRADLE_OPTS").value_or(""), variable.word);
    // The property, because the init script alone could neither tell that
    // --no-build-cache was given nor speak up when Gradle reuses a configuration.
    if (gradle_is_set_up_ && !has_word(options, "-Dorg.gradle.caching=")) {
      options += (options.empty() ? "" : " ") + std::string(variable.also);
    }
    set("GRADLE_OPTS", options + (options.empty() ? "" : " ") + std::string(variable.word) + url);
  }

  void nx() {
    set("NX_SELF_HOSTED_REMOTE_CACHE_SERVER", url_);
    set("NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN", token());
  }

  void turborepo() {
    if (user_has("TURBO_API")) {
      return;
    }
    set("TURBO_API", url_);
    // Without a token or a team Turborepo switches its remote cache off.
    if (in_token_mode() || !user_has("TURBO_TOKEN")) {
      set("TURBO_TOKEN", token());
    }
    if (!user_has("TURBO_TEAM") && !user_has("TURBO_TEAMID")) {
      set("TURBO_TEAM", std::string(kLocalTeam));
    }
  }

  void ccache() {
    if (!user_has("CCACHE_REMOTE_STORAGE")) {
      const std::string host = url_.substr(url_.find("//") + 2);
      const std::string user = in_token_mode() ? "fabrik:" + token() + "@" : "";
      set("CCACHE_REMOTE_STORAGE", "http://" + user + host + "/ccache");
    }
  }

  void rush() {
    // Rush stops with an error when both of its override variables are set.
    if (user_has("RUSH_BUILD_CACHE_OVERRIDE_JSON") ||
        user_has("RUSH_BUILD_CACHE_OVERRIDE_JSON_FILE_PATH")) {
      return;
    }
    // A header, because every miss takes Rush 8 s with RUSH_BUILD_CACHE_CREDENTIAL.
    const std::string header =
        in_token_mode() ? R"("headers":{"Authorization":"Bearer )" + token() + R"("},)" : "";
    set("RUSH_BUILD_CACHE_OVERRIDE_JSON",
        R"({"buildCacheEnabled":true,"cacheProvider":"http","httpConfiguration":{"url":")" + url_ +
            R"(/rush/",)" + header + R"("isCacheWriteAllowed":true}})");
  }

  void buildkit() {
    // No variable makes BuildKit use a cache: `fabrik buildkit-args` gives the words.
    set("FABRIK_OCI_REGISTRY", "127.0.0.1:" + std::to_string(status_.http_port));
  }

  void bazel() {
    // A supervisor of an older version writes no such file.
    if (!user_has("BAZELRC") && !status_.bazelrc.empty()) {
      set("BAZELRC", status_.bazelrc);
    }
  }

  void moon() {
    if (!user_has("MOON_REMOTE_HOST")) {
      set("MOON_REMOTE_HOST", url_);
      // moon takes an http:// URL for gRPC without TLS otherwise.
      set("MOON_REMOTE_API", "http");
    }
  }

  void vite_plus() {
    if (user_has("VP_REMOTE_CACHE_URL")) {
      return;
    }
    set("VP_REMOTE_CACHE_URL", url_ + "/vite-plus");
    // Vite+ only reads otherwise.
    if (!user_has("VP_REMOTE_CACHE")) {
      set("VP_REMOTE_CACHE", "read-write");
    }
  }

  void maven() {
    const Variable& variable = *find_variable("MAVEN_OPTS");
    const std::string options = without_word(user_.get("MAVEN_OPTS").value_or(""), variable.word);
    set("MAVEN_OPTS",
        options + (options.empty() ? "" : " ") + std::string(variable.word) + url_ + "/maven");
  }

  void sccache() {
    constexpr std::string_view kOwnRemotes[] = {
        "SCCACHE_BUCKET",     "SCCACHE_ENDPOINT",           "SCCACHE_WEBDAV_ENDPOINT",
        "SCCACHE_REDIS",      "SCCACHE_REDIS_ENDPOINT",     "SCCACHE_MEMCACHED",
        "SCCACHE_GCS_BUCKET", "SCCACHE_MEMCACHED_ENDPOINT", "SCCACHE_REDIS_CLUSTER_ENDPOINTS",
        "SCCACHE_OSS_BUCKET", "SCCACHE_GHA_ENABLED",        "SCCACHE_AZURE_CONNECTION_STRING",
        "SCCACHE_COS_BUCKET", "SCCACHE_MULTILEVEL_CHAIN"};
    if (in_token_mode() || config_.build_tools.sccache.credentials_required ||
        sccache_.build == SccacheBuild::without_s3 ||
        std::ranges::any_of(kOwnRemotes, [this](auto name) { return user_has(name); })) {
      return;
    }
    set("SCCACHE_BUCKET", "fabrik-" + status_.project_id);
    set("SCCACHE_ENDPOINT", url_ + "/s3");
    set("SCCACHE_REGION", "auto");
    set("SCCACHE_S3_USE_SSL", "false");
    set("SCCACHE_S3_NO_CREDENTIALS", "true");
    sccache_server();
    if (sccache_.build == SccacheBuild::usable) {
      launchers();
    }
  }

  // A server keeps the environment it was started with, so each project needs its
  // own; and one for another port of ours is another one.
  void sccache_server() {
    const std::string socket = (sccache_.socket_dir / (status_.project_id.substr(0, 8) + "-" +
                                                       std::to_string(status_.http_port) + ".sock"))
                                   .string();
    if (!sccache_.socket_dir.empty() && socket.size() <= kMaxSocketPath) {
      set("SCCACHE_SERVER_UDS", socket);
    }
    // For versions before 0.9.1. Below the ports that kernels hand out by themselves.
    std::uint32_t number = 0;
    std::from_chars(status_.project_id.data(),
                    status_.project_id.data() + std::min<std::size_t>(7, status_.project_id.size()),
                    number, 16);
    set("SCCACHE_SERVER_PORT", std::to_string(kFirstServerPort + number % kServerPorts));
    if (!user_has("SCCACHE_IDLE_TIMEOUT")) {
      set("SCCACHE_IDLE_TIMEOUT", "300");
    }
    set("SCCACHE_IGNORE_SERVER_IO_ERROR", "1");
  }

  void launchers() {
    const auto wraps = [this](std::string_view language) {
      const auto& languages = config_.build_tools.sccache.launchers;
      return std::ranges::find(languages, language) != languages.end();
    };
    if (wraps("rust") && !user_has("RUSTC_WRAPPER")) {
      set("RUSTC_WRAPPER", "sccache");
      if (!user_has("CARGO_INCREMENTAL")) {
        set("CARGO_INCREMENTAL", "0");  // sccache cannot cache incremental compilations
      }
    }
    if (wraps("c") && !user_has("CMAKE_C_COMPILER_LAUNCHER")) {
      set("CMAKE_C_COMPILER_LAUNCHER", "sccache");
    }
    if (wraps("c++") && !user_has("CMAKE_CXX_COMPILER_LAUNCHER")) {
      set("CMAKE_CXX_COMPILER_LAUNCHER", "sccache");
    }
  }

  const config::Config& config_;
  const DaemonStatus& status_;
  const Env& user_;
  const bool gradle_is_set_up_;
  const SccacheFacts& sccache_;
  const std::string url_;
  std::vector<Assignment> plan_;
};

}  // namespace

std::vector<Assignment> plan_environment(const config::Config& config, const DaemonStatus& status,
                                         const Env& user, bool gradle_is_set_up,
                                         const SccacheFacts& sccache) {
  return Planner(config, status, user, gradle_is_set_up, sccache).plan();
}

}  // namespace fabrik::activate
