// Gradle's HTTP build cache: GET and PUT of opaque archives.
// Source: docs.gradle.org "Build Cache", and what Gradle 4.4.1 was seen to send.
#pragma once

#include "adapters/shared/answer.hpp"
#include "adapters/shared/transfer.hpp"

namespace fabrik::adapters {

// `/cache/<key>` and `/<32 hex>` (a URL without a path) name the same entry. Any
// Basic credentials are fine: who may connect is decided before. A PUT always
// gets 200, because one other status switches the cache off for the whole build.
class GradleAdapter final : public net::HttpAdapter {
 public:
  GradleAdapter(cache::CacheApi& cache, Log& log) : log_(log), transfer_(cache, log, name()) {}

  std::string_view name() const override { return "gradle"; }
  bool claims(const net::Request& request) const override;
  net::Task<void> handle(net::HttpExchange& exchange) override;

 private:
  net::Task<Answer> decide(net::HttpExchange& exchange);
  net::Task<Answer> put(net::HttpExchange& exchange, const cache::EntryKey& key);

  Log& log_;
  Transfer transfer_;
};

}  // namespace fabrik::adapters
