// The worker's own HTTP routes, on its Unix socket only, JSON throughout:
//   GET  /v1/health  {"status":"ok"|"degraded","reason":"...","pid":N,"version":"..."}
//   GET  /v1/stats   what the worker has done and holds (docs/control-protocol.md)
//   POST /v1/flush   writes buffered state down; {"flushed":true}
//   POST /v1/revoke  {"writer":"...","since_unix_ms":N,"dry_run":true}: removes what that
//                    writer stored; {"entries":N,"blobs":N,"bytes":N,"examples":["..."]}
//   POST /v1/cache/  looks into the cache and changes it (cache_admin.hpp)
// Errors: {"error":"...","code":"..."}.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "adapters/shared/mismatch_counters.hpp"
#include "cache/counters.hpp"
#include "cache/store.hpp"
#include "daemon/audit_writer.hpp"
#include "net/blocking_pool.hpp"
#include "net/grpc_server.hpp"
#include "net/http_exchange.hpp"
#include "net/http_server.hpp"

namespace fabrik::daemon {

// All borrowed; they outlive the adapter.
struct AdminView {
  std::function<std::string()> problem;  // empty: healthy
  cache::Store& store;
  const cache::CacheCounters& counters;
  const net::HttpServer& server;
  const net::GrpcServer& grpc;
  const adapters::MismatchCounters& mismatches;
  net::BlockingPool& pool;
  AuditWriter* audit;  // null: nobody keeps one
  std::filesystem::path log_dir;
  std::chrono::steady_clock::time_point started;
};

class AdminAdapter final : public net::HttpAdapter {
 public:
  explicit AdminAdapter(AdminView view) : view_(std::move(view)) {}

  std::string_view name() const override { return "admin"; }
  bool claims(const net::Request&) const override { return true; }
  net::Task<void> handle(net::HttpExchange& exchange) override;

 private:
  net::Task<std::string> flush(unsigned& status);
  net::Task<std::string> take_back(net::HttpExchange& exchange, unsigned& status);
  net::Task<std::string> change_cache(net::HttpExchange& exchange, unsigned& status);
  std::string health() const;
  std::string stats() const;

  AdminView view_;
};

}  // namespace fabrik::daemon
