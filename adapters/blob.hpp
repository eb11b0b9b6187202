// Opaque blobs under a path: what ccache's HTTP storage, Rush's HTTP build cache
// plugin and Maven's build cache extension speak.
// Source: ccache's manual, "HTTP storage backend", the build cache extension's "Remote
// cache setup", and what ccache 4.7.5 and Rush 5.179.0 were seen to send.
#pragma once

#include "adapters/shared/answer.hpp"
#include "adapters/shared/transfer.hpp"

namespace fabrik::adapters {

struct BlobRoute {
  std::string_view name;    // of the adapter, and the namespace of its entries; a literal
  std::string_view prefix;  // with a slash at both ends; a literal
  cache::Space space = cache::Space::plain_http;
  cache::Verify verify = cache::Verify::while_reading;
};

// Everything below the prefix is a key, slashes included: ccache's layouts subdirs
// (`ab/<rest>`), flat (`<key>`) and bazel (`ac/<64 hex>`), Rush's `<40 hex>`, Maven's
// `v1/<group>/<artifact>/<checksum>/<file>`. A PUT of a valid key and a DELETE always get 200: Rush
// ends with an error status on anything else, and ccache stops using the cache for that
// compilation.
class BlobAdapter final : public net::HttpAdapter {
 public:
  BlobAdapter(BlobRoute route, cache::CacheApi& cache, Log& log)
      : route_(route), log_(log), transfer_(cache, log, route.name) {}

  std::string_view name() const override { return route_.name; }
  bool claims(const net::Request& request) const override;
  net::Task<void> handle(net::HttpExchange& exchange) override;

 private:
  net::Task<Answer> decide(net::HttpExchange& exchange);

  BlobRoute route_;
  Log& log_;
  Transfer transfer_;
};

}  // namespace fabrik::adapters
