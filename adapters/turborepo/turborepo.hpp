// Turborepo's remote cache.
// Source: Vercel's REST API, "Artifacts", and what turbo 2.11.11 was seen to send.
#pragma once

#include "adapters/shared/answer.hpp"
#include "adapters/shared/transfer.hpp"
#include "adapters/turborepo/routes.hpp"

namespace fabrik::adapters {

// The routes of turborepo_routes.hpp, plus OPTIONS on all of them, because turbo
// with TURBO_PREFLIGHT=1 asks before it sends its token. No Allow-Origin is ever
// sent: web pages get nothing. The x-artifact-* fields of an upload come back byte
// for byte, so signed artefacts verify. Errors have JSON bodies, which turbo wants.
class TurborepoAdapter final : public net::HttpAdapter {
 public:
  TurborepoAdapter(cache::CacheApi& cache, Log& log) : log_(log), transfer_(cache, log, name()) {}

  std::string_view name() const override { return "turborepo"; }
  bool claims(const net::Request& request) const override;
  std::optional<net::Scope> needs(const net::Request& request) const override;
  net::Task<void> handle(net::HttpExchange& exchange) override;

 private:
  net::Task<Answer> decide(net::HttpExchange& exchange);
  net::Task<Answer> artifact(net::HttpExchange& exchange, std::string_view hash);
  net::Task<Answer> upload(net::HttpExchange& exchange, const cache::EntryKey& key);
  net::Task<Answer> events(net::HttpExchange& exchange);
  net::Task<Answer> query(net::HttpExchange& exchange);

  Log& log_;
  Transfer transfer_;
};

}  // namespace fabrik::adapters
