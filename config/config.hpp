// The configuration as plain values: what a fabrik.toml, the environment and the
// flags add up to. Made by config/load.hpp; every key is described once, in
// config/keys.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fabrik::config {

enum class EvictionPolicy { lru, lfu, ttl };
enum class Durability { fast, sync };

// A part of the cache with a limit of its own.
struct QuotaConfig {
  std::string pattern;      // "gradle", "s3/ci-*"
  std::uint64_t bytes = 0;  // at most
};

struct CacheConfig {
  std::filesystem::path
      dir;  // empty: $XDG_CACHE_HOME/fabrik/<project id>; relative: to fabrik.toml
  std::uint64_t max_size = 5'000'000'000;  // bytes
  EvictionPolicy eviction_policy = EvictionPolicy::lru;
  std::chrono::milliseconds default_ttl{0};  // 0: entries do not expire
  std::chrono::milliseconds min_lease = std::chrono::hours(3);
  Durability durability = Durability::fast;
  std::chrono::milliseconds scrub_interval = std::chrono::hours(7 * 24);  // 0: never
  std::uint64_t scrub_rate = 8'000'000;                                   // bytes per second
  std::vector<QuotaConfig> quotas;    // the first that covers an entry counts
  std::vector<std::string> compress;  // patterns like those of quotas
};

// The adapters this version has, in the order of the documentation.
std::vector<std::string> available_tools();

// Whether blobs travel compressed to clients that accept it.
enum class WireZstd { automatic, on, off };  // automatic: not over loopback

// S3 for sccache and other S3 clients: [build_tools.sccache].
struct SccacheConfig {
  bool credentials_required = false;  // requests must be signed with what follows
  std::string access_key;
  std::string secret_key;
  std::filesystem::path credentials_file;  // instead of the two
  // Languages whose compilers are wrapped on activation: "rust", "c", "c++".
  std::vector<std::string> launchers;
};

struct BuildToolsConfig {
  std::vector<std::string> enabled = available_tools();  // adapter names
  // Tools whose environment variables the user sets: build_tools.<name>.auto_configure = false.
  std::vector<std::string> not_auto_configured;
  std::vector<std::string> bazel_instances;  // patterns; none: any instance name
  SccacheConfig sccache;

  WireZstd bazel_zstd = WireZstd::automatic;

  // Whether the adapter is served at all.
  bool is_enabled(std::string_view tool) const;
  // Whether activation exports the tool's variables: enabled, and not switched off.
  bool is_auto_configured(std::string_view tool) const;
};

// Who is served on the loopback ports.
enum class Access {
  automatic,  // by user id; by token where the system does not tell it
  token,
};

struct DaemonConfig {
  std::uint16_t http_port = 0;  // 0: the kernel's choice, kept from then on
  std::uint16_t grpc_port = 0;  // likewise
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(30);  // 0: stays
  Access access = Access::automatic;
};

struct RuntimeConfig {
  std::chrono::milliseconds graceful_shutdown_timeout = std::chrono::seconds(5);
  std::uint32_t max_concurrent_requests = 10'000;
  std::uint32_t worker_threads = 0;  // 0: chosen from the number of cores
};

struct ObservabilityConfig {
  std::string log_level = "info";
};

struct Config {
  CacheConfig cache;
  BuildToolsConfig build_tools;
  DaemonConfig daemon;
  RuntimeConfig runtime;
  ObservabilityConfig observability;
};

}  // namespace fabrik::config
