#include "daemon/metrics_text.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/version.hpp"

namespace fabrik::daemon {
namespace {

using nlohmann::ordered_json;

std::string number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

class Page {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
    text_.append(name).append(" ").append(type).append("\n");
  }
  void value(std::string_view labels, const std::string& value, std::string_view suffix = "") {
    text_.append(name_).append(suffix);
    if (!labels.empty()) {
      text_.append("{").append(labels).append("}");
    }
    text_.append(" ").append(value).append("\n");
  }
  void single(std::string_view name, std::string_view type, std::string_view help,
              const std::string& text) {
    family(name, type, help);
    value("", text);
  }
  void counter(std::string_view name, std::string_view help, std::uint64_t count) {
    single(name, "counter", help, std::to_string(count));
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t count) {
    single(name, "gauge", help, std::to_string(count));
  }
  void histogram(std::string_view labels, const Histogram& histogram) {
    const std::string before = labels.empty() ? "" : std::string(labels) + ",";
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < Histogram::kBounds.size(); ++i) {
      below += histogram.in_bucket(i);
      value(before + "le=\"" + number(Histogram::kBounds[i]) + "\"", std::to_string(below),
            "_bucket");
    }
    value(before + "le=\"+Inf\"", std::to_string(histogram.count()), "_bucket");
    value(labels, number(histogram.sum_seconds()), "_sum");
    value(labels, std::to_string(histogram.count()), "_count");
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string name_;
};

std::string label(std::string_view name, std::string_view value) {
  return std::string(name) + "=\"" + std::string(value) + "\"";  // our own words: nothing to escape
}

void add_tools(Page& page, const Snapshot& snapshot) {
  const auto each = [&](std::string_view name, std::string_view help,
                        std::uint64_t cache::SpaceCounters::* field) {
    page.family(name, "counter", help);
    for (std::size_t i = 0; i < cache::kSpaces.size(); ++i) {
      page.value(label("tool", cache::name(cache::kSpaces[i])),
                 std::to_string(snapshot.spaces[i].*field));
    }
  };
  using Counters = cache::SpaceCounters;
  each("fabrik_tool_cache_hits_total", "Entries found, by tool", &Counters::hits);
  each("fabrik_tool_cache_misses_total", "Entries not found, by tool", &Counters::misses);
  each("fabrik_tool_cache_writes_total", "Entries stored, by tool", &Counters::puts);
  each("fabrik_tool_cache_dropped_total", "Writes accepted and not kept, by tool",
       &Counters::dropped);
}

double milliseconds_of(double seconds) {
  return std::round(seconds * 1e6) / 1e3;
}

}  // namespace

cache::SpaceCounters Snapshot::total() const {
  cache::SpaceCounters sum;
  for (const cache::SpaceCounters& one : spaces) {
    sum.hits += one.hits;
    sum.misses += one.misses;
    sum.puts += one.puts;
    sum.dropped += one.dropped;
    sum.bytes_read += one.bytes_read;
    sum.bytes_written += one.bytes_written;
  }
  return sum;
}

double Snapshot::hit_ratio() const {
  const cache::SpaceCounters sum = total();
  const std::uint64_t asked = sum.hits + sum.misses;
  return asked == 0 ? 0 : static_cast<double>(sum.hits) / static_cast<double>(asked);
}

std::string prometheus_text(const Snapshot& snapshot) {
  Page page;
  const cache::SpaceCounters sum = snapshot.total();
  const cache::StoreStats& store = snapshot.store;
  page.counter("fabrik_cache_hits_total", "Entries found", sum.hits);
  page.counter("fabrik_cache_misses_total", "Entries not found", sum.misses);
  page.single("fabrik_cache_hit_ratio", "gauge", "Found among all asked for since the start",
              number(snapshot.hit_ratio()));
  page.counter("fabrik_cache_writes_total", "Entries stored", sum.puts);
  page.counter("fabrik_cache_dropped_total", "Writes accepted and not kept", sum.dropped);
  page.gauge("fabrik_cache_size_bytes", "Bytes of all blobs", store.bytes);
  page.gauge("fabrik_cache_max_bytes", "The budget for them", store.max_bytes);
  page.gauge("fabrik_cache_objects", "Entries", store.entries);
  page.gauge("fabrik_cache_blobs", "Blobs", store.blobs);
  page.gauge("fabrik_cache_read_only", "1 while writes are refused", store.read_only ? 1 : 0);
  page.counter("fabrik_evictions_total", "Blobs evicted", store.evicted_blobs);
  page.counter("fabrik_evicted_bytes_total", "Their bytes", store.evicted_bytes);
  page.counter("fabrik_corrupt_dropped_total", "Blobs found damaged and dropped",
               store.corrupt_dropped);
  page.family("fabrik_bandwidth_bytes_total", "counter", "Bytes of artefacts, by direction");
  page.value(label("direction", "upload"), std::to_string(sum.bytes_written));
  page.value(label("direction", "download"), std::to_string(sum.bytes_read));
  add_tools(page, snapshot);
  page.family("fabrik_request_duration_seconds", "histogram", "Time to answer a request");
  page.histogram("", snapshot.requests);
  page.family("fabrik_tool_request_duration_seconds", "histogram",
              "Time to answer a request, by what answered it");
  for (const auto& [tool, histogram] : snapshot.by_tool) {
    page.histogram(label("tool", tool.empty() ? "none" : tool), histogram);
  }
  page.counter("fabrik_request_errors_total", "Requests that failed through a fault of ours",
               snapshot.errors);
  page.counter("fabrik_requests_refused_total", "Requests of strangers, web pages and the like",
               snapshot.refused);
  page.gauge("fabrik_requests_in_flight", "Requests being answered", snapshot.in_flight);
  page.gauge("fabrik_connections", "Open connections of HTTP", snapshot.connections);
  page.single("fabrik_uptime_seconds", "gauge", "Since the worker started",
              number(static_cast<double>(snapshot.uptime.count()) / 1000));
  page.family("fabrik_build_info", "gauge", "Always 1");
  page.value(label("version", kVersion), "1");
  return page.take();
}

std::string stats_json(const Snapshot& snapshot,
                       const std::map<std::string, std::uint64_t>& size_by_tool) {
  const cache::SpaceCounters sum = snapshot.total();
  const cache::StoreStats& store = snapshot.store;
  const double hours = std::chrono::duration<double, std::ratio<3600>>(snapshot.uptime).count();
  const ordered_json json = {
      {"cache",
       {{"total_objects", store.entries},
        {"total_size_bytes", store.bytes},
        {"max_size_bytes", store.max_bytes},
        {"blobs", store.blobs},
        {"read_only", store.read_only},
        {"size_by_type", ordered_json(size_by_tool)}}},
      {"performance",
       {{"cache_hits", sum.hits},
        {"cache_misses", sum.misses},
        {"hit_ratio", snapshot.hit_ratio()},
        {"latency_p50_ms", milliseconds_of(snapshot.requests.quantile(0.5))},
        {"latency_p95_ms", milliseconds_of(snapshot.requests.quantile(0.95))},
        {"latency_p99_ms", milliseconds_of(snapshot.requests.quantile(0.99))},
        {"requests", snapshot.requests.count()},
        {"errors", snapshot.errors}}},
      {"bandwidth",
       {{"upload_bytes_total", sum.bytes_written}, {"download_bytes_total", sum.bytes_read}}},
      {"evictions",
       {{"total", store.evicted_blobs},
        {"eviction_rate_per_hour",
         hours > 0 ? std::round(static_cast<double>(store.evicted_blobs) / hours * 100) / 100
                   : 0}}},
      {"uptime_seconds", snapshot.uptime.count() / 1000},
      {"version", kVersion}};
  return json.dump() + "\n";
}

}  // namespace fabrik::daemon
