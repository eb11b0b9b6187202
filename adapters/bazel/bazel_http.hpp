// Bazel's HTTP cache: an action cache and a store of blobs named by their SHA-256.
// Bazel itself, moon's HTTP mode and ccache's bazel layout speak it.
// Source: bazel.build "Remote caching", REAPI's ActionResult, bazel-remote's README
// for Zstandard, and what Bazel 4.2.3, moon 2.5.5 and ccache 4.7.5 were seen to send.
#pragma once

#include "adapters/bazel/routes.hpp"
#include "adapters/shared/answer.hpp"
#include "adapters/shared/mismatch_counters.hpp"
#include "adapters/shared/namespace_rule.hpp"
#include "adapters/shared/transfer.hpp"
#include "cache/content_api.hpp"

namespace fabrik::adapters {

struct BazelHttpOptions {
  bool send_zstd = false;
  NamespaceRule namespaces{{}};  // others are 404, for reads and writes alike
};

// Action cache: any bytes may be put. Those that are an ActionResult are marked as
// one (action_result.hpp): gRPC clients see them too, and they are served only
// while everything they name is there. The others come back as they were put. An
// ActionResult may come and go as JSON (application/json), as moon has it.
// Blobs: a PUT whose bytes have another hash gets 400. A namespace sees the blobs that
// were put into it. A write that we cannot keep gets 507, on which Bazel and moon warn,
// go on, and do not write an action result that would name it.
// Zstandard: bodies with Content-Encoding zstd and X-Digest-SizeBytes are decoded;
// blobs are sent so, while they are read, to clients that accept it when `send_zstd`.
class BazelHttpAdapter final : public net::HttpAdapter {
 public:
  BazelHttpAdapter(cache::CacheApi& cache, cache::ContentApi& content, Log& log,
                   MismatchCounters& mismatches, BazelHttpOptions options)
      : content_(content),
        log_(log),
        mismatches_(mismatches),
        transfer_(cache, log, name()),
        options_(std::move(options)) {}

  std::string_view name() const override { return "bazel"; }
  bool claims(const net::Request& request) const override;
  net::Task<void> handle(net::HttpExchange& exchange) override;

 private:
  net::Task<Answer> decide(net::HttpExchange& exchange);
  net::Task<Answer> decide_put(net::HttpExchange& exchange, const BazelTarget& target);
  net::Task<Answer> get_action(const net::Request& request, const cache::EntryKey& key);
  net::Task<Answer> put_action(net::HttpExchange& exchange, const cache::EntryKey& key);
  net::Task<Answer> get_blob(const net::Request& request, const BazelTarget& target);
  net::Task<Answer> put_blob(net::HttpExchange& exchange, const BazelTarget& target,
                             std::optional<std::uint64_t> size);
  net::Task<Result<void>> store_blob(cache::ContentApi& content, net::HttpExchange& exchange,
                                     const Digest& digest, std::optional<std::uint64_t> size);

  cache::ContentApi& content_;
  Log& log_;
  MismatchCounters& mismatches_;
  Transfer transfer_;
  BazelHttpOptions options_;
};

}  // namespace fabrik::adapters
