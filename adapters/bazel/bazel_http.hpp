// Bazel's HTTP cache: an action cache and a store of blobs named by their SHA-256.
// Bazel itself, moon's HTTP mode and ccache's bazel layout speak it.
// Source: bazel.build "Remote caching", REAPI's ActionResult, bazel-remote's README
// for Zstandard, and what Bazel 4.2.3, moon 2.5.5 and ccache 4.7.5 were seen to send.
#pragma once

#include "adapters/bazel/routes.hpp"
#include "adapters/shared/answer.hpp"
#include "adapters/shared/transfer.hpp"
#include "cache/content_api.hpp"

namespace fabrik::adapters {

// Action cache: any bytes may be put. Those that are an ActionResult are marked as
// one (action_result.hpp): gRPC clients see them too, and they are served only
// while everything they name is there. The others come back as they were put.
// Blobs: a PUT whose bytes have another hash gets 400. Blobs are shared by all
// namespaces. A write that we cannot keep gets 507, on which Bazel and moon warn,
// go on, and do not write an action result that would name it.
// Zstandard: bodies with Content-Encoding zstd and X-Digest-SizeBytes are decoded;
// blobs of up to 1 MiB are sent so to clients that accept it when `send_zstd`.
class BazelHttpAdapter final : public net::HttpAdapter {
 public:
  BazelHttpAdapter(cache::CacheApi& cache, cache::ContentApi& content, Log& log, bool send_zstd)
      : content_(content), log_(log), transfer_(cache, log, name()), send_zstd_(send_zstd) {}

  std::string_view name() const override { return "bazel"; }
  bool claims(const net::Request& request) const override;
  net::Task<void> handle(net::HttpExchange& exchange) override;

 private:
  net::Task<Answer> decide(net::HttpExchange& exchange);
  net::Task<Answer> decide_put(net::HttpExchange& exchange, const BazelTarget& target);
  net::Task<Answer> get_action(const cache::EntryKey& key);
  net::Task<Answer> put_action(net::HttpExchange& exchange, const cache::EntryKey& key);
  net::Task<Answer> get_blob(const net::Request& request, const Digest& digest);
  net::Task<Answer> put_blob(net::HttpExchange& exchange, const Digest& digest,
                             std::optional<std::uint64_t> size);
  net::Task<Result<void>> store_blob(net::HttpExchange& exchange, const Digest& digest,
                                     std::optional<std::uint64_t> size);

  cache::ContentApi& content_;
  Log& log_;
  Transfer transfer_;
  bool send_zstd_;
};

}  // namespace fabrik::adapters
