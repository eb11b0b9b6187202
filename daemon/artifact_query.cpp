#include "daemon/artifact_query.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "daemon/hex_id.hpp"

namespace fabrik::daemon {
namespace {

using nlohmann::ordered_json;
using Found = std::pair<cache::EntryKey, cache::EntryInfo>;

constexpr std::size_t kPage = 1000;
constexpr std::size_t kMostAtOnce = 1000;
// Sorting keeps this many in memory; who wants to see all goes by the cursor.
constexpr std::size_t kDeepest = 10'000;

std::string iso_time(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

ordered_json to_json(const Found& found) {
  const auto& [key, info] = found;
  return {{"hash", info.blob.digest.hex()},
          {"size_bytes", info.blob.size},
          {"created_at", iso_time(info.created)},
          {"metadata",
           {{"build_system", cache::name(key.space)},
            {"namespace", key.ns},
            {"key", key.key},
            {"writer", info.meta.writer}}},
          {"id", id_of(key)}};
}

std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// Calls `visit` for all entries from `from` on, until it returns false.
template <class Visit>
Result<void> each_entry(cache::Store& store, std::optional<cache::EntryKey> from, Visit visit) {
  do {
    FABRIK_TRY(auto page, store.list(from ? &*from : nullptr, kPage));
    for (Found& found : page.entries) {
      if (!visit(found)) {
        return {};
      }
    }
    from = std::move(page.next);
  } while (from);
  return {};
}

bool contains(std::string_view where, std::string_view what) {
  return where.find(what) != std::string_view::npos;
}

bool matches(const ArtifactQuery& query, const Found& found) {
  const auto& [key, info] = found;
  if (info.blob.size < query.min_size || (query.max_size && info.blob.size > *query.max_size)) {
    return false;
  }
  const std::string_view tool = cache::name(key.space);
  if (!query.build_system.empty() && tool != query.build_system) {
    return false;
  }
  return query.text.empty() || contains(tool, query.text) || contains(key.ns, query.text) ||
         contains(key.key, query.text) || info.blob.digest.hex().starts_with(query.text);
}

// Which of two comes first; equal ones stand in the order of their keys.
bool before(Order order, const Found& a, const Found& b) {
  const auto by = [&](const auto& x, const auto& y) { return x != y ? x < y : a.first < b.first; };
  switch (order) {
    case Order::size_asc:
      return by(a.second.blob.size, b.second.blob.size);
    case Order::size_desc:
      return by(b.second.blob.size, a.second.blob.size);
    case Order::created_asc:
      return by(a.second.created, b.second.created);
    case Order::created_desc:
      return by(b.second.created, a.second.created);
    case Order::key:
      break;
  }
  return a.first < b.first;
}

Result<std::string> list_sorted(cache::Store& store, const ArtifactQuery& query) {
  const auto first = [&query](const Found& a, const Found& b) { return before(query.order, a, b); };
  const std::size_t kept = query.offset + query.limit;
  std::vector<Found> best;  // a heap with the last of them on top
  std::uint64_t total = 0;
  FABRIK_CHECK(each_entry(store, std::nullopt, [&](Found& found) {
    if (matches(query, found)) {
      ++total;
      best.push_back(std::move(found));
      std::ranges::push_heap(best, first);
      if (best.size() > kept) {
        std::ranges::pop_heap(best, first);
        best.pop_back();
      }
    }
    return true;
  }));
  std::ranges::sort_heap(best, first);
  auto list = ordered_json::array();
  for (std::size_t i = query.offset; i < best.size(); ++i) {
    list.push_back(to_json(best[i]));
  }
  return dump({{"artifacts", std::move(list)},
               {"total", total},
               {"limit", query.limit},
               {"offset", query.offset}});
}

Result<std::string> list_by_key(cache::Store& store, const ArtifactQuery& query) {
  auto list = ordered_json::array();
  std::optional<cache::EntryKey> next;
  std::uint64_t total = 0;
  FABRIK_CHECK(each_entry(store, query.cursor, [&](const Found& found) {
    if (!matches(query, found)) {
      return true;
    }
    ++total;
    if (total <= query.offset) {
      return true;
    }
    if (list.size() < query.limit) {
      list.push_back(to_json(found));
    } else if (!next) {
      next = found.first;
    }
    // What follows only has to be counted, and without a filter the store knows.
    return !next || (query.filters() && !query.cursor);
  }));
  ordered_json answer = {{"artifacts", std::move(list)}};
  if (!query.cursor) {
    answer["total"] = query.filters() ? total : store.stats().entries;
  }
  answer["limit"] = query.limit;
  answer["offset"] = query.offset;
  if (next) {
    answer["cursor"] = id_of(*next);
  }
  return dump(answer);
}

std::unexpected<Error> wrong(std::string_view parameter, const std::string& why) {
  return fail(Errc::invalid_argument, "the parameter " + std::string(parameter) + " " + why);
}

Result<std::size_t> count_of(const net::Request& request, const char* name, std::size_t fallback,
                             std::size_t most) {
  const auto text = request.query_parameter(name);
  if (!text) {
    return fallback;
  }
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value > most) {
    return wrong(name, "must be a number up to " + std::to_string(most));
  }
  return value;
}

Result<std::optional<std::uint64_t>> size_of(const net::Request& request, const char* name) {
  const auto text = request.query_parameter(name);
  if (!text) {
    return std::nullopt;
  }
  const auto size = parse_size(*text);
  if (!size) {
    return wrong(name, "must be a size such as 1MB");
  }
  return *size;
}

Result<Order> order_of(const net::Request& request) {
  constexpr std::pair<std::string_view, Order> kOrders[] = {{"key", Order::key},
                                                            {"size_asc", Order::size_asc},
                                                            {"size_desc", Order::size_desc},
                                                            {"created_asc", Order::created_asc},
                                                            {"created_desc", Order::created_desc}};
  const std::string wanted = request.query_parameter("sort").value_or("key");
  for (const auto& [name, order] : kOrders) {
    if (name == wanted) {
      return order;
    }
  }
  return wrong("sort", "must be key, size_asc, size_desc, created_asc or created_desc");
}

}  // namespace

bool ArtifactQuery::filters() const {
  return !text.empty() || !build_system.empty() || min_size > 0 || max_size.has_value();
}

Result<ArtifactQuery> parse_artifact_query(const net::Request& request) {
  ArtifactQuery query;
  FABRIK_TRY(query.limit, count_of(request, "limit", query.limit, kMostAtOnce));
  FABRIK_TRY(query.offset, count_of(request, "offset", 0, kDeepest));
  FABRIK_TRY(query.order, order_of(request));
  query.text = request.query_parameter("query").value_or("");
  query.build_system = request.query_parameter("build_system").value_or("");
  FABRIK_TRY(const auto least, size_of(request, "min_size"));
  query.min_size = least.value_or(0);
  FABRIK_TRY(query.max_size, size_of(request, "max_size"));
  if (const auto cursor = request.query_parameter("cursor")) {
    const auto key = key_of_id(*cursor);
    if (!key) {
      return wrong("cursor", "is not one that an answer has given");
    }
    query.cursor = *key;
  }
  if (query.cursor && (query.order != Order::key || query.offset != 0)) {
    return wrong("cursor", "goes with the order by key, and without an offset");
  }
  return query;
}

Result<std::string> list_artifacts(cache::Store& store, const ArtifactQuery& query) {
  return query.order == Order::key ? list_by_key(store, query) : list_sorted(store, query);
}

Result<std::string> show_artifact(cache::Store& store, std::string_view hash) {
  const auto digest = Digest::from_hex(hash);
  if (!digest) {
    return fail(Errc::invalid_argument, "an artefact is named by its SHA-256, 64 hex digits");
  }
  auto list = ordered_json::array();
  std::uint64_t size = 0;
  FABRIK_CHECK(each_entry(store, std::nullopt, [&](const Found& found) {
    if (found.second.blob.digest == *digest) {
      size = found.second.blob.size;
      list.push_back(to_json(found));
    }
    return list.size() < kMostAtOnce;
  }));
  if (list.empty()) {
    return fail(Errc::not_found, "no artefact in the cache has this hash");
  }
  return dump({{"hash", digest->hex()}, {"size_bytes", size}, {"artifacts", std::move(list)}});
}

Result<std::map<std::string, std::uint64_t>> size_by_tool(cache::Store& store) {
  std::map<std::string, std::uint64_t> sizes;
  FABRIK_CHECK(each_entry(store, std::nullopt, [&](const Found& found) {
    sizes[std::string(cache::name(found.first.space))] += found.second.blob.size;
    return true;
  }));
  return sizes;
}

}  // namespace fabrik::daemon
