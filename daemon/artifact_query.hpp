// Questions about what is in the cache: the /api/v1/artifacts routes. The entries are
// walked through page by page; nothing is locked meanwhile.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cache/store.hpp"
#include "net/http_message.hpp"

namespace fabrik::daemon {

enum class Order { key, size_asc, size_desc, created_asc, created_desc };

struct ArtifactQuery {
  Order order = Order::key;
  std::size_t limit = 100;
  std::size_t offset = 0;
  std::optional<cache::EntryKey> cursor;  // where a page in key order goes on
  std::string text;          // part of the tool, namespace or key, or a digest's beginning
  std::string build_system;  // empty: any
  std::uint64_t min_size = 0;
  std::optional<std::uint64_t> max_size;

  bool filters() const;
};

// From the query parameters limit, offset, cursor, sort, query, build_system, min_size
// and max_size. invalid_argument names the parameter. Pure.
Result<ArtifactQuery> parse_artifact_query(const net::Request& request);

// {"artifacts":[...],"total":N,"limit":N,"offset":N,"cursor":"..."}. A page in key order
// has a cursor, unless it is the last, and it stays right while entries come and go.
// `total` counts what the question finds; with a cursor it is left out. Blocking.
Result<std::string> list_artifacts(cache::Store& store, const ArtifactQuery& query);

// {"hash":...,"size_bytes":N,"artifacts":[...]}: the entries (at most 1000) that are this
// blob. not_found: none. Blocking.
Result<std::string> show_artifact(cache::Store& store, std::string_view hash);

// Bytes of the entries of each tool. Blocking.
Result<std::map<std::string, std::uint64_t>> size_by_tool(cache::Store& store);

}  // namespace fabrik::daemon
