// Vite+'s remote task cache.
// Source: what Vite+ 1.5.1 and 1.6.0 were seen to send and to accept; the protocol is
// not published and young.
#pragma once

#include "adapters/shared/answer.hpp"
#include "adapters/shared/transfer.hpp"
#include "cache/content_api.hpp"

namespace fabrik::adapters {

// Below /vite-plus/, bodies in CBOR:
//   POST fetch      {key, secondary_key} -> 404, or {kind: "exact", entries: [{value,
//                   blob_id}]} (1.5: value and blob_id beside kind), or
//                   {kind: "fallback", key}: what was stored last with that secondary key
//   POST store      multipart: metadata {key, secondary_key, value}, and perhaps blob
//   GET  blob/<id>  the blob; its id is its SHA-256
// An entry whose blob is gone is a miss. A fault is a miss, or an accepted write.
class VitePlusAdapter final : public net::HttpAdapter {
 public:
  VitePlusAdapter(cache::CacheApi& cache, cache::ContentApi& content, Log& log)
      : cache_(cache), content_(content), log_(log), transfer_(cache, log, name()) {}

  std::string_view name() const override { return "vite-plus"; }
  bool claims(const net::Request& request) const override;
  net::Task<void> handle(net::HttpExchange& exchange) override;

 private:
  net::Task<Answer> decide(net::HttpExchange& exchange);
  net::Task<Answer> fetch(net::HttpExchange& exchange);
  net::Task<Answer> store(net::HttpExchange& exchange);
  net::Task<Answer> blob(std::string_view id);
  net::Task<std::optional<std::string>> load(const cache::EntryKey& key);
  net::Task<Result<void>> save(const net::Request& request, const cache::EntryKey& key,
                               std::string_view bytes);

  cache::CacheApi& cache_;
  cache::ContentApi& content_;
  Log& log_;
  Transfer transfer_;
};

}  // namespace fabrik::adapters
