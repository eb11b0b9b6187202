#include "daemon/settings.hpp"

#include "base/fs.hpp"
#include "daemon/process.hpp"

namespace fabrik::daemon {
namespace {

constexpr std::uint64_t kLargestConfig = 1024 * 1024;

cache::EvictionPolicy to_store(config::EvictionPolicy policy) {
  switch (policy) {
    case config::EvictionPolicy::lru:
      return cache::EvictionPolicy::lru;
    case config::EvictionPolicy::lfu:
      return cache::EvictionPolicy::lfu;
    case config::EvictionPolicy::ttl:
      return cache::EvictionPolicy::ttl;
  }
  return cache::EvictionPolicy::lru;
}

// The configuration has checked the patterns: what is none is of another version.
std::vector<cache::Quota> quotas_of(const config::Config& config) {
  std::vector<cache::Quota> quotas;
  for (const config::QuotaConfig& quota : config.cache.quotas) {
    if (auto pattern = cache::KeyPattern::parse(quota.pattern)) {
      quotas.push_back({.of = *std::move(pattern), .max_bytes = quota.bytes});
    }
  }
  return quotas;
}

}  // namespace

Result<config::Loaded> load_config(const WorkerArguments& arguments, const Env& env) {
  const auto trust = arguments.trusted ? config::Trust::trusted : config::Trust::restricted;
  if (arguments.config.empty()) {
    return config::load(nullptr, env, {}, trust);
  }
  config::Source source;
  source.path = arguments.config_path;
  FABRIK_TRY(source.content, read_file(arguments.config, kLargestConfig));
  return config::load(&source, env, {}, trust);
}

std::filesystem::path cache_dir(const WorkerArguments& arguments, const config::Config& config) {
  if (config.cache.dir.empty()) {
    return arguments.cache_dir_default;
  }
  return (arguments.config_path.parent_path() / config.cache.dir).lexically_normal();
}

cache::RocksStoreOptions store_options(const WorkerArguments& arguments,
                                       const config::Config& config) {
  cache::RocksStoreOptions options;
  options.dir = cache_dir(arguments, config);
  options.max_bytes = config.cache.max_size;
  options.policy = to_store(config.cache.eviction_policy);
  options.default_ttl = config.cache.default_ttl;
  options.min_lease = config.cache.min_lease;
  options.durability = config.cache.durability == config::Durability::sync
                           ? cache::Durability::sync
                           : cache::Durability::fast;
  options.quotas = quotas_of(config);
  options.scrub_interval = config.cache.scrub_interval;
  options.scrub_bytes_per_second = config.cache.scrub_rate;
  options.owner = arguments.config_path.empty() ? "fabrikd without a configuration"
                                                : "config " + arguments.config_path.string();
  return options;
}

std::vector<cache::KeyPattern> compressed_parts(const config::Config& config) {
  std::vector<cache::KeyPattern> parts;
  for (const std::string& text : config.cache.compress) {
    if (auto pattern = cache::KeyPattern::parse(text)) {
      parts.push_back(*std::move(pattern));
    }
  }
  return parts;
}

net::HttpLimits http_limits(const config::Config& config) {
  net::HttpLimits limits;
  limits.connections = connection_limit(open_file_limit());
  limits.concurrent_requests = config.runtime.max_concurrent_requests;
  return limits;
}

std::filesystem::path log_dir(const WorkerArguments& arguments) {
  return arguments.state_dir / "log";
}

std::unique_ptr<Log> open_worker_log(const WorkerArguments& arguments,
                                     const config::Config& config) {
  LogOptions options;
  options.level = parse_log_level(config.observability.log_level).value_or(LogLevel::info);
  options.console = arguments.foreground || arguments.state_dir.empty();
  if (!arguments.state_dir.empty() && ensure_private_dir(log_dir(arguments))) {
    options.file = log_dir(arguments) / "worker.log";
  }
  if (auto log = open_log(options)) {
    return *std::move(log);
  }
  options.file.clear();
  options.console = true;
  auto log = open_log(options);
  return log ? *std::move(log) : null_log();
}

}  // namespace fabrik::daemon
