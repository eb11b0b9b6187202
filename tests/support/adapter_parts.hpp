// What adapters are made of, over a store in memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/adapters.hpp"
#include "base/clock.hpp"
#include "cache/counters.hpp"
#include "cache/local_cache.hpp"
#include "cache/local_content.hpp"
#include "cache/memory_store.hpp"
#include "net/blocking_pool.hpp"

namespace fabrik::testing {

struct AdapterParts {
  SystemClock clock;
  cache::MemoryStore store{64 << 20, clock};
  net::BlockingPool pool{1};
  cache::CacheCounters counters;
  cache::LocalCache cache{store, pool, counters};
  cache::LocalContent content{store, pool, counters};
  config::BuildToolsConfig tools;
  adapters::MismatchCounters mismatches;
  std::unique_ptr<Log> log = null_log();

  // With `entries` in the place of our own cache.
  std::vector<std::unique_ptr<net::HttpAdapter>> make(cache::CacheApi& entries,
                                                      std::vector<std::string> enabled) {
    tools.enabled = std::move(enabled);
    return adapters::make_adapters({.cache = entries,
                                    .content = content,
                                    .log = *log,
                                    .tools = tools,
                                    .clock = clock,
                                    .mismatches = mismatches});
  }
};

}  // namespace fabrik::testing
