#include "daemon/request_metrics.hpp"

#include <algorithm>

namespace fabrik::daemon {
namespace {

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_failure(const net::RequestRecord& record) {
  constexpr int kInternal = 13;
  constexpr int kDataLoss = 15;
  return record.tool == "grpc" ? record.status == kInternal || record.status == kDataLoss
                               : record.status >= 500;
}

}  // namespace

void Histogram::add(std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  const auto bucket = std::ranges::lower_bound(kBounds, seconds) - kBounds.begin();
  ++buckets_[static_cast<std::size_t>(bucket)];
  ++count_;
  sum_ += seconds;
}

double Histogram::quantile(double share) const {
  const double wanted = share * static_cast<double>(count_);
  double below = 0;
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    const auto here = static_cast<double>(buckets_[i]);
    if (here > 0 && below + here >= wanted) {
      const double low = i == 0 ? 0 : kBounds[i - 1];
      return low + (kBounds[i] - low) * (wanted - below) / here;
    }
    below += here;
  }
  return count_ == 0 ? 0 : kBounds.back();
}

std::string_view trace_id_of(std::string_view traceparent) {
  constexpr std::size_t kSize = 55;
  if (traceparent.size() != kSize || !traceparent.starts_with("00-") || traceparent[35] != '-' ||
      traceparent[52] != '-') {
    return {};
  }
  const auto trace = traceparent.substr(3, 32);
  const auto parent = traceparent.substr(36, 16);
  const bool valid = is_hex(trace) && is_hex(parent) && is_hex(traceparent.substr(53)) &&
                     trace.find_first_not_of('0') != std::string_view::npos &&
                     parent.find_first_not_of('0') != std::string_view::npos;
  return valid ? trace : std::string_view();
}

void RequestMetrics::ended(const net::RequestRecord& record) {
  {
    const std::lock_guard lock(mutex_);
    all_.add(record.duration);
    auto tool = by_tool_.find(record.tool);
    if (tool == by_tool_.end()) {
      tool = by_tool_.emplace(record.tool, Histogram()).first;
    }
    tool->second.add(record.duration);
    errors_ += is_failure(record) ? 1 : 0;
  }
  log_.debug(
      "request",
      {{"tool", record.tool},
       {"method", record.method},
       {"path", record.path},
       {"status", record.status},
       {"peer", record.peer},
       {"trace_id", trace_id_of(record.traceparent)},
       {"us", std::chrono::duration_cast<std::chrono::microseconds>(record.duration).count()}});
}

Histogram RequestMetrics::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

std::map<std::string, Histogram, std::less<>> RequestMetrics::by_tool() const {
  const std::lock_guard lock(mutex_);
  return by_tool_;
}

std::uint64_t RequestMetrics::errors() const {
  const std::lock_guard lock(mutex_);
  return errors_;
}

}  // namespace fabrik::daemon
