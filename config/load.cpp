#include "config/load.hpp"

#include "config/settings.hpp"

namespace fabrik::config {
namespace {

void check_sense(const Config& config, std::vector<std::string>& warnings) {
  if (config.cache.eviction_policy == EvictionPolicy::ttl &&
      config.cache.default_ttl.count() == 0) {
    warnings.emplace_back(
        "cache.eviction_policy is \"ttl\" while cache.default_ttl is 0: nothing ever expires, and "
        "a "
        "full cache refuses new artefacts");
  }
}

}  // namespace

Result<Loaded> load(const Source* source, const Env& env, const Flags& flags, Trust trust) {
  FABRIK_TRY(Resolved resolved, resolve(source, env, flags, trust));
  Loaded loaded;
  loaded.ignored_keys = std::move(resolved.ignored_keys);
  loaded.warnings = std::move(resolved.warnings);
  for (const auto& [name, setting] : resolved.settings) {
    if (setting.key->has_effect()) {
      setting.key->apply(loaded.config, instance_of(*setting.key, name), setting.value);
    }
  }
  check_sense(loaded.config, loaded.warnings);
  return loaded;
}

}  // namespace fabrik::config
