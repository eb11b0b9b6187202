// The protocols this build speaks.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "cache/cache_api.hpp"
#include "net/http_exchange.hpp"

namespace fabrik::adapters {

// Names as in [build_tools] enabled.
std::span<const std::string_view> known_adapters();

// The enabled adapters in the order in which they are asked to claim a request.
// `cache` and `log` must outlive them. A name this build does not know is logged
// and skipped: which names are right is the configuration's business.
std::vector<std::unique_ptr<net::HttpAdapter>> make_adapters(
    cache::CacheApi& cache, Log& log, const std::vector<std::string>& enabled);

}  // namespace fabrik::adapters
