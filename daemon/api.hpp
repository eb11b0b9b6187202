// Metrics and questions over HTTP: /metrics and /api/v1/ (docs/api.md). Looks, and
// changes nothing.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "cache/store.hpp"
#include "daemon/metrics_text.hpp"
#include "net/blocking_pool.hpp"
#include "net/http_exchange.hpp"

namespace fabrik::daemon {

struct ApiView {
  std::function<Snapshot()> snapshot;  // called from any thread
  cache::Store& store;
  net::BlockingPool& pool;
  const Clock& clock;
  bool metrics = true;
  bool queries = true;
};

// Its view is borrowed and must outlive it.
class ApiAdapter final : public net::HttpAdapter {
 public:
  explicit ApiAdapter(ApiView view) : view_(std::move(view)) {}

  std::string_view name() const override { return "api"; }
  bool claims(const net::Request& request) const override;
  net::Task<void> handle(net::HttpExchange& exchange) override;

 private:
  Result<std::string> answer(const net::Request& request);
  Result<std::string> stats();

  ApiView view_;
  std::mutex mutex_;  // guards what follows
  std::map<std::string, std::uint64_t> sizes_;
  std::chrono::steady_clock::time_point sizes_since_;
  bool sizes_known_ = false;
};

}  // namespace fabrik::daemon
