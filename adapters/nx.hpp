// Nx's self-hosted remote cache: GET and PUT of gzip archives.
// Source: the OpenAPI document in Nx's "Self-hosted caching" page (version 1.0.0),
// and what Nx 21, 22 and 24 were seen to send and to survive.
#pragma once

#include "adapters/shared/answer.hpp"
#include "adapters/shared/transfer.hpp"

namespace fabrik::adapters {

// `/v1/cache/<hash>`. Nx fails the user's build on anything but GET 200 and 404,
// PUT 200, 403 and 409, and on a body that breaks off; so it gets nothing else,
// and a body only after all of it was verified. The first write of a key wins.
class NxAdapter final : public net::HttpAdapter {
 public:
  NxAdapter(cache::CacheApi& cache, Log& log) : log_(log), transfer_(cache, log, name()) {}

  std::string_view name() const override { return "nx"; }
  bool claims(const net::Request& request) const override;
  net::Task<void> handle(net::HttpExchange& exchange) override;

 private:
  net::Task<Answer> decide(net::HttpExchange& exchange);
  net::Task<Answer> put(net::HttpExchange& exchange, const cache::EntryKey& key);

  Log& log_;
  Transfer transfer_;
};

}  // namespace fabrik::adapters
