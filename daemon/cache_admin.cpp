#include "daemon/cache_admin.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/clock.hpp"
#include "daemon/cache_archive.hpp"
#include "daemon/hex_id.hpp"

namespace fabrik::daemon {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kPage = 1000;
constexpr std::size_t kSeenAtOnce = 20'000;
constexpr std::uint64_t kVerifiedAtOnce = 64'000'000;

std::string text(const json& request, const char* name) {
  const auto found = request.find(name);
  return found != request.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<std::optional<cache::EntryKey>> start_of(const json& request) {
  const std::string from = text(request, "from");
  if (from.empty()) {
    return std::nullopt;
  }
  FABRIK_TRY(auto key, key_of_id(from));
  return key;
}

ordered_json next_of(const std::optional<cache::EntryKey>& key) {
  return key ? ordered_json(id_of(*key)) : ordered_json(nullptr);
}

// Calls `visit` for entries from the request's start on, until it returns false or
// enough have been seen. Where to go on.
template <class Visit>
Result<std::optional<cache::EntryKey>> each_entry(cache::Store& store, const json& request,
                                                  Visit visit) {
  FABRIK_TRY(auto from, start_of(request));
  for (std::size_t seen = 0; seen < kSeenAtOnce; seen += kPage) {
    FABRIK_TRY(auto page, store.list(from ? &*from : nullptr, kPage));
    for (auto& [key, info] : page.entries) {
      if (!visit(key, info)) {
        return key;
      }
    }
    from = std::move(page.next);
    if (!from) {
      break;
    }
  }
  return from;
}

bool matches(const json& request, const cache::EntryKey& key, const cache::EntryInfo& info) {
  const std::string space = text(request, "space");
  const std::string wanted = text(request, "key");
  const std::string digest = text(request, "digest");
  return (space.empty() || space == cache::name(key.space)) &&
         (!request.contains("namespace") || text(request, "namespace") == key.ns) &&
         (wanted.empty() || wanted == key.key) && key.key.starts_with(text(request, "prefix")) &&
         (digest.empty() || digest == info.blob.digest.hex());
}

ordered_json to_json(const cache::EntryKey& key, const cache::EntryInfo& info) {
  auto headers = ordered_json::object();
  for (const auto& [name, value] : info.meta.headers) {
    headers[name] = value;
  }
  return {{"id", id_of(key)},
          {"space", cache::name(key.space)},
          {"namespace", key.ns},
          {"key", key.key},
          {"digest", info.blob.digest.hex()},
          {"size", info.blob.size},
          {"created_ms", to_unix_ms(info.created)},
          {"writer", info.meta.writer},
          {"headers", std::move(headers)}};
}

Result<ordered_json> list(cache::Store& store, const json& request) {
  const auto asked = request.find("limit");
  const std::size_t limit = asked != request.end() && asked->is_number_unsigned()
                                ? std::min(asked->get<std::size_t>(), kPage)
                                : kPage;
  auto entries = ordered_json::array();
  std::uint64_t seen = 0;
  FABRIK_TRY(const auto next, each_entry(store, request, [&](const auto& key, const auto& info) {
               if (!matches(request, key, info)) {
                 ++seen;
                 return true;
               }
               if (entries.size() == limit) {
                 return false;
               }
               ++seen;
               entries.push_back(to_json(key, info));
               return true;
             }));
  return ordered_json{{"entries", std::move(entries)}, {"seen", seen}, {"next", next_of(next)}};
}

Result<ordered_json> usage(cache::Store& store, const json& request) {
  struct Sum {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
  };
  std::map<std::pair<cache::Space, std::string>, Sum> sums;
  FABRIK_TRY(const auto next, each_entry(store, request, [&](const auto& key, const auto& info) {
               Sum& sum = sums[{key.space, key.ns}];
               ++sum.entries;
               sum.bytes += info.blob.size;
               return true;
             }));
  auto groups = ordered_json::array();
  for (const auto& [group, sum] : sums) {
    groups.push_back({{"space", cache::name(group.first)},
                      {"namespace", group.second},
                      {"entries", sum.entries},
                      {"bytes", sum.bytes}});
  }
  return ordered_json{{"groups", std::move(groups)}, {"next", next_of(next)}};
}

Result<ordered_json> remove(cache::Store& store, const json& request) {
  const std::string id = text(request, "id");
  if (!id.empty()) {
    FABRIK_TRY(const auto key, key_of_id(id));
    FABRIK_TRY(const bool removed, store.erase(key));
    return ordered_json{{"removed", removed}};
  }
  const auto digest = Digest::from_hex(text(request, "digest"));
  if (!digest) {
    return fail(Errc::invalid_argument,
                "remove from the cache: neither the id of an entry nor a SHA-256 was given");
  }
  FABRIK_TRY(const bool removed, store.erase(*digest));
  return ordered_json{{"removed", removed}};
}

Result<ordered_json> clear(cache::Store& store, const json&) {
  FABRIK_CHECK(store.clear());
  return ordered_json{{"cleared", true}};
}

Result<ordered_json> verify(cache::Store& store, const json& request) {
  const std::string from = text(request, "from");
  const auto start = Digest::from_hex(from);
  if (!from.empty() && !start) {
    return fail(Errc::invalid_argument, "verify the cache: \"from\" is no SHA-256");
  }
  FABRIK_TRY(const cache::ScrubStep step, store.scrub(start ? &*start : nullptr, kVerifiedAtOnce));
  return ordered_json{{"blobs", step.blobs},
                      {"bytes", step.bytes},
                      {"damaged", step.damaged},
                      {"next", step.next ? ordered_json(step.next->hex()) : ordered_json(nullptr)}};
}

Result<ordered_json> export_some(cache::Store& store, const json& request) {
  FABRIK_TRY(auto from, start_of(request));
  FABRIK_TRY(const ExportStep step, export_step(store, text(request, "path"), from));
  return ordered_json{
      {"entries", step.entries}, {"bytes", step.bytes}, {"next", next_of(step.next)}};
}

Result<ordered_json> import_some(cache::Store& store, const json& request) {
  const auto from = request.find("from");
  const bool first = from == request.end() || !from->is_number_unsigned();
  FABRIK_TRY(const ImportStep step,
             import_step(store, text(request, "path"), first ? 0 : from->get<std::uint64_t>()));
  return ordered_json{{"entries", step.entries},
                      {"dropped", step.dropped},
                      {"bytes", step.bytes},
                      {"total", step.total},
                      {"next", step.next ? ordered_json(*step.next) : ordered_json(nullptr)}};
}

constexpr struct {
  std::string_view name;
  Result<ordered_json> (*run)(cache::Store&, const json&);
} kActions[] = {{"list", list},         {"usage", usage},   {"remove", remove},
                {"clear", clear},       {"verify", verify}, {"export", export_some},
                {"import", import_some}};

}  // namespace

Result<std::string> cache_admin(cache::Store& store, std::string_view action,
                                std::string_view body) {
  const json request = json::parse(body.empty() ? "{}" : body, nullptr, false);
  if (!request.is_object()) {
    return fail(Errc::invalid_argument, "the body of the request is not a JSON object");
  }
  for (const auto& known : kActions) {
    if (known.name == action) {
      FABRIK_TRY(const ordered_json answer, known.run(store, request));
      return answer.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
    }
  }
  return fail(Errc::not_found, "the worker has no route /v1/cache/" + std::string(action));
}

}  // namespace fabrik::daemon
