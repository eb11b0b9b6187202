// The state of a worker for Prometheus (text format 0.0.4) and as the JSON of
// /api/v1/stats. docs/metrics.md lists every name.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <string>

#include "cache/counters.hpp"
#include "cache/store.hpp"
#include "daemon/request_metrics.hpp"

namespace fabrik::daemon {

struct Snapshot {
  std::chrono::milliseconds uptime{0};
  cache::StoreStats store;
  std::array<cache::SpaceCounters, cache::kSpaces.size()> spaces{};  // in their order
  Histogram requests;
  std::map<std::string, Histogram, std::less<>> by_tool;
  std::uint64_t errors = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t connections = 0;
  std::uint64_t refused = 0;

  cache::SpaceCounters total() const;
  // Of all that was asked for; 0 before anything was.
  double hit_ratio() const;
};

std::string prometheus_text(const Snapshot& snapshot);
// `size_by_tool`: the bytes of the entries of each space.
std::string stats_json(const Snapshot& snapshot,
                       const std::map<std::string, std::uint64_t>& size_by_tool);

}  // namespace fabrik::daemon
