#include "cli/checked_config.hpp"

#include <ostream>

#include "cli/commands.hpp"
#include "statefs/trust_store.hpp"

namespace fabrik::cli {

config::Trust trust_in(const config::Source& source, const Env& env) {
  const auto paths = statefs::paths_from(env);
  const bool trusted =
      source.is_user_config || env.get("FABRIK_TRUST") == "1" ||
      (paths && statefs::TrustStore(*paths).is_trusted(source.path, source.content));
  return trusted ? config::Trust::trusted : config::Trust::restricted;
}

std::optional<int> refuse_wrong_config(const Invocation& invocation, const config::Source& source,
                                       const Env& env, config::Trust trust) {
  const auto loaded = config::load(&source, env, {}, trust);
  if (loaded) {
    return std::nullopt;
  }
  invocation.err << loaded.error().message << "\n";
  return kExitConfig;
}

}  // namespace fabrik::cli
