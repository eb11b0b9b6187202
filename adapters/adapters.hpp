// The protocols this build speaks.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/shared/mismatch_counters.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "cache/cache_api.hpp"
#include "cache/content_api.hpp"
#include "config/config.hpp"
#include "net/http_exchange.hpp"

namespace fabrik::adapters {

// Names as in [build_tools] enabled.
std::span<const std::string_view> known_adapters();

// What adapters are made of. All of it must outlive them.
struct AdapterContext {
  cache::CacheApi& cache;      // entries, for protocols with keys of their own
  cache::ContentApi& content;  // blobs, for protocols that speak about digests
  Log& log;
  const config::BuildToolsConfig& tools;
  const Clock& clock;
  MismatchCounters& mismatches;
};

// The enabled adapters in the order in which they are asked to claim a request. A
// name this build does not know is logged and skipped: which names are right is
// the configuration's business.
std::vector<std::unique_ptr<net::HttpAdapter>> make_adapters(const AdapterContext& context);

}  // namespace fabrik::adapters
