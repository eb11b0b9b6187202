// How long requests take, and the access log.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "net/request_observer.hpp"

namespace fabrik::daemon {

// Counts of durations up to fixed bounds. Not thread-safe.
class Histogram {
 public:
  // Upper bounds in seconds; one more bucket holds what takes longer.
  static constexpr std::array kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                         0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};

  void add(std::chrono::nanoseconds duration);

  std::uint64_t count() const { return count_; }
  double sum_seconds() const { return sum_; }
  // Of the bucket below kBounds[i], or above all of them, alone.
  std::uint64_t in_bucket(std::size_t i) const { return buckets_[i]; }
  // The duration that this share (0 to 1) of all stays below, in seconds, taking a
  // bucket's durations to be spread evenly; 0 when there are none.
  double quantile(double share) const;

 private:
  std::array<std::uint64_t, kBounds.size() + 1> buckets_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

// The 32 hex digits of the trace in a traceparent header of version 00 (W3C Trace
// Context 3.2); empty: there is no valid one. Pure.
std::string_view trace_id_of(std::string_view traceparent);

// Thread-safe. With the log at level debug every request is a line of it.
class RequestMetrics final : public net::RequestObserver {
 public:
  explicit RequestMetrics(Log& log) : log_(log) {}
  void ended(const net::RequestRecord& record) override;

  Histogram all() const;
  // By what answered: "gradle", "grpc".
  std::map<std::string, Histogram, std::less<>> by_tool() const;
  std::uint64_t errors() const;  // answers of HTTP from 500 on, and gRPC's own kind of them

 private:
  Log& log_;
  mutable std::mutex mutex_;
  Histogram all_;
  std::map<std::string, Histogram, std::less<>> by_tool_;
  std::uint64_t errors_ = 0;
};

}  // namespace fabrik::daemon
