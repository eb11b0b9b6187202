// Bodies into the cache and out of it. Below this line faults are errors, above
// it they are misses: every function here logs a fault of the cache and answers
// as if the entry were not there, or as if the write had been dropped.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/shared/answer.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "cache/cache_api.hpp"
#include "net/http_exchange.hpp"
#include "net/task.hpp"

namespace fabrik::adapters {

enum class Upload {
  stored,
  existed,     // IfExists::keep and somebody was first
  dropped,     // too large, no space, or a fault of ours
  incomplete,  // the client sent less than announced; nothing is stored
};

using MakeAnswer = Answer (*)();
using StoredHeaders = std::vector<std::pair<std::string, std::string>>;

// Holds no state of its own between calls: one instance serves all requests of an
// adapter. `cache` and `log` must outlive it, and keys, exchanges and headers the
// await. Exceptions of the cache pass through; respond() deals with them.
class Transfer {
 public:
  Transfer(cache::CacheApi& cache, Log& log, std::string_view adapter)
      : cache_(cache), log_(log), adapter_(adapter) {}

  net::Task<std::optional<cache::EntryInfo>> stat(const cache::EntryKey& key);

  // 200 with the stored headers and the bytes, or `miss`. The first piece has been
  // read (and verified) already, so that damage found there is a miss too and not
  // a cut body. `type` is the content type when none was stored.
  net::Task<Answer> get(const cache::EntryKey& key, cache::Verify verify, std::string_view type,
                        MakeAnswer miss);
  // The same without the bytes.
  net::Task<Answer> head(const cache::EntryKey& key, std::string_view type, MakeAnswer miss);

  // Reads the whole body into the entry. `headers` are kept with it.
  net::Task<Upload> receive(net::HttpExchange& exchange, const cache::EntryKey& key,
                            cache::IfExists if_exists, StoredHeaders headers);

  // The same from anything that has bytes; its size() is a hint. `incomplete`: it failed.
  net::Task<Upload> receive(net::BodySource& body, const cache::EntryKey& key,
                            cache::IfExists if_exists, cache::EntryMeta meta);

  net::Task<void> erase(const cache::EntryKey& key);

 private:
  net::Task<std::unique_ptr<cache::EntryReader>> open(const cache::EntryKey& key,
                                                      cache::Verify verify);
  void log_fault(std::string_view step, const cache::EntryKey& key, const Error& error) const;

  cache::CacheApi& cache_;
  Log& log_;
  std::string_view adapter_;  // a literal
};

// The whole body as text. too_large over `limit`; otherwise read_body()'s errors.
net::Task<Result<std::string>> read_text(net::HttpExchange& exchange, std::size_t limit);

net::Task<Result<std::string>> read_text(net::BodySource& body, std::size_t limit);

// What the client calls itself, for the audit record; cut off at 100 bytes.
std::string tool_of(const net::Request& request);

// The fields called `names` that the request has, names as given, values byte for
// byte. Values over 4 KiB are left out.
StoredHeaders select_headers(const net::Request& request,
                             std::initializer_list<std::string_view> names);

}  // namespace fabrik::adapters
