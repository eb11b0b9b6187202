#include "activate/variables.hpp"

#include <algorithm>
#include <array>

namespace fabrik::activate {
namespace {

constexpr std::array kVariables = {
    Variable{"FABRIK_HTTP_URL", "", "base URL of the project's cache daemon"},
    Variable{"FABRIK_GRPC_URL", "", "the same for clients that speak gRPC (Bazel and its kin)"},
    Variable{"FABRIK_CONFIG_HASH", "", "which generation of the configuration is served"},
    Variable{"FABRIK_DAEMON_PID", "", "process id of the daemon's supervisor"},
    Variable{"FABRIK_TOKEN", "", "in token mode, the secret that every request carries"},
    Variable{"GRADLE_BUILD_CACHE_URL", "gradle",
             "remote build cache; read by fabrik's init script"},
    Variable{"GRADLE_OPTS", "gradle",
             "the same URL as a system property, added to your own options",
             "-Dfabrik.gradle.url=", "-Dorg.gradle.caching=true"},
    Variable{"NX_SELF_HOSTED_REMOTE_CACHE_SERVER", "nx", "remote cache"},
    Variable{"NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN", "nx",
             "a constant; in token mode the secret"},
    Variable{"TURBO_API", "turborepo", "remote cache; left alone when you have your own"},
    Variable{"TURBO_TOKEN", "turborepo", "a constant, or yours; in token mode the secret"},
    Variable{"TURBO_TEAM", "turborepo", "namespace; yours is kept when you have one"},
    Variable{"CCACHE_REMOTE_STORAGE", "ccache",
             "remote storage; left alone when you have your own"},
    Variable{"RUSH_BUILD_CACHE_OVERRIDE_JSON", "rush",
             "build cache configuration; left alone when you have your own"},
    Variable{"SCCACHE_BUCKET", "sccache",
             "one bucket per project; nothing of sccache's is set when you have a remote cache of "
             "your own"},
    Variable{"SCCACHE_ENDPOINT", "sccache", "the daemon's S3 routes"},
    Variable{"SCCACHE_REGION", "sccache", "constant"},
    Variable{"SCCACHE_S3_USE_SSL", "sccache", "constant"},
    Variable{"SCCACHE_S3_NO_CREDENTIALS", "sccache", "constant; AWS variables are never touched"},
    Variable{"SCCACHE_SERVER_UDS", "sccache", "a server per project (sccache 0.9.1 and later)"},
    Variable{"SCCACHE_SERVER_PORT", "sccache", "the same for older versions"},
    Variable{"SCCACHE_IDLE_TIMEOUT", "sccache",
             "when such a server ends; yours is kept when you have one"},
    Variable{"SCCACHE_IGNORE_SERVER_IO_ERROR", "sccache",
             "compile without it when the server cannot be reached"},
    Variable{"RUSTC_WRAPPER", "sccache", "only with `launchers`; yours is kept"},
    Variable{"CARGO_INCREMENTAL", "sccache", "only beside RUSTC_WRAPPER; yours is kept"},
    Variable{"CMAKE_C_COMPILER_LAUNCHER", "sccache", "only with `launchers`; yours is kept"},
    Variable{"CMAKE_CXX_COMPILER_LAUNCHER", "sccache", "only with `launchers`; yours is kept"},
    Variable{"FABRIK_OCI_REGISTRY", "buildkit",
             "host and port of the OCI registry; `fabrik buildkit-args` uses it"},
    Variable{"BAZELRC", "bazel",
             "rc file with the remote cache, for Bazel 9 and later; left alone when you have "
             "your own"},
    Variable{"MOON_REMOTE_HOST", "moon", "remote cache; left alone when you have your own"},
    Variable{"MOON_REMOTE_API", "moon", "the protocol of the above: http"},
    Variable{"VP_REMOTE_CACHE_URL", "vite-plus",
             "remote task cache; left alone when you have your own"},
    Variable{"VP_REMOTE_CACHE", "vite-plus", "read-write; yours is kept when you have one"},
    Variable{"MAVEN_OPTS", "maven",
             "the URL for Maven's build cache extension, added to your own options",
             "-Dmaven.build.cache.remote.url="},
};

}  // namespace

std::span<const Variable> variables() {
  return kVariables;
}

const Variable* find_variable(std::string_view name) {
  const auto found = std::ranges::find(kVariables, name, &Variable::name);
  return found == kVariables.end() ? nullptr : &*found;
}

}  // namespace fabrik::activate
