// What the services of the Remote Execution API have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/shared/mismatch_counters.hpp"
#include "adapters/shared/namespace_rule.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "cache/cache_api.hpp"
#include "cache/content_api.hpp"
#include "net/rpc.hpp"

namespace fabrik::adapters::reapi {

// What clients are told to put into one batch. Their own limit for what they receive
// is 4 MiB by default, envelopes included.
inline constexpr std::int64_t kMaxBatchBytes = 3 * 1024 * 1024;
inline constexpr std::uint64_t kMaxAnswerBytes = 4 * 1024 * 1024 - 64 * 1024;

// Which instance names are served: well-formed ones that the rule serves.
class InstanceRule {
 public:
  explicit InstanceRule(NamespaceRule served) : served_(std::move(served)) {}
  // invalid_argument: no instance name at all. not_found: not one that is served;
  // that is all a caller learns about other people's.
  Result<void> check(std::string_view instance) const;

 private:
  NamespaceRule served_;
};

// Borrowed by all services; outlives them.
struct Context {
  cache::CacheApi& cache;
  cache::ContentApi& content;
  Log& log;
  InstanceRule instances;
  bool zstd = false;  // offered on this listener
  MismatchCounters& mismatches;
};

// The gRPC code of an error of ours (docs/reapi.md).
net::RpcStatus to_status(const Error& error);

}  // namespace fabrik::adapters::reapi
