#include "activate/generation.hpp"

#include "config/load.hpp"
#include "statefs/trust_store.hpp"

namespace fabrik::activate {

bool is_trusted(const config::Source& source, bool by_caller, const statefs::Paths& paths) {
  return source.is_user_config || by_caller ||
         statefs::TrustStore(paths).is_trusted(source.path, source.content);
}

Result<Generation> prepare_generation(const config::Source& source, bool trusted_by_caller,
                                      const Env& env, const statefs::Paths& paths) {
  const bool trusted = is_trusted(source, trusted_by_caller, paths);
  FABRIK_TRY(
      const config::Loaded loaded,
      config::load(&source, env, {}, trusted ? config::Trust::trusted : config::Trust::restricted));
  FABRIK_TRY(const LogLevel level, parse_log_level(loaded.config.observability.log_level));
  const std::string hash = source.config_hash();
  FABRIK_TRY(auto dir, statefs::DaemonDir::create(paths, hash));
  FABRIK_CHECK(dir.write_snapshot(source.content));
  return Generation{.source = source,
                    .hash = hash,
                    .trusted_by_caller = trusted_by_caller,
                    .trusted = trusted,
                    .dir = std::move(dir),
                    .cache_dir = {},
                    .fixed_port = loaded.config.daemon.http_port,
                    .fixed_grpc_port = loaded.config.daemon.grpc_port,
                    .serves_bazel = loaded.config.build_tools.is_enabled("bazel"),
                    .drain = loaded.config.runtime.graceful_shutdown_timeout,
                    .log_level = level};
}

}  // namespace fabrik::activate
