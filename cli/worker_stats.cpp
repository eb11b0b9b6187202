#include "cli/worker_stats.hpp"

#include <nlohmann/json.hpp>
#include <numeric>

namespace fabrik::cli {
namespace {

using nlohmann::json;

const json& member(const json& object, const char* name) {
  static const json kNothing;
  const auto found = object.find(name);
  return object.is_object() && found != object.end() ? *found : kNothing;
}

std::uint64_t count(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

std::uint64_t sum(const std::vector<SpaceStats>& spaces, std::uint64_t SpaceStats::* field) {
  return std::accumulate(
      spaces.begin(), spaces.end(), std::uint64_t{0},
      [field](std::uint64_t total, const SpaceStats& space) { return total + space.*field; });
}

}  // namespace

std::uint64_t WorkerStats::hits() const {
  return sum(spaces, &SpaceStats::hits);
}
std::uint64_t WorkerStats::misses() const {
  return sum(spaces, &SpaceStats::misses);
}
std::uint64_t WorkerStats::puts() const {
  return sum(spaces, &SpaceStats::puts);
}

Result<WorkerStats> parse_worker_stats(std::string_view text) {
  const json root = json::parse(text, nullptr, false);
  if (!root.is_object()) {
    return fail(Errc::invalid_argument, "read the worker's statistics: it is not a JSON object");
  }
  WorkerStats stats;
  stats.uptime = std::chrono::milliseconds(count(root, "uptime_ms"));
  stats.requests = count(root, "requests");
  stats.rss_bytes = count(root, "rss_bytes");
  for (const auto& [name, space] : member(root, "spaces").items()) {
    stats.spaces.push_back({.name = name,
                            .hits = count(space, "hits"),
                            .misses = count(space, "misses"),
                            .puts = count(space, "puts"),
                            .bytes_read = count(space, "bytes_read"),
                            .bytes_written = count(space, "bytes_written")});
  }
  const json& store = member(root, "store");
  stats.entries = count(store, "entries");
  stats.blobs = count(store, "blobs");
  stats.bytes = count(store, "bytes");
  stats.max_bytes = count(store, "max_bytes");
  stats.evicted_blobs = count(store, "evicted_blobs");
  stats.corrupt_dropped = count(store, "corrupt_dropped");
  stats.read_only = member(store, "read_only") == true;
  if (const json& problem = member(store, "problem"); problem.is_string()) {
    stats.problem = problem.get<std::string>();
  }
  return stats;
}

std::string hit_rate(std::uint64_t hits, std::uint64_t misses) {
  const std::uint64_t lookups = hits + misses;
  if (lookups == 0) {
    return "no lookups yet";
  }
  return std::to_string(hits * 100 / lookups) + "% (" + std::to_string(hits) + " of " +
         std::to_string(lookups) + " lookups)";
}

}  // namespace fabrik::cli
