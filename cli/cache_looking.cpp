// The actions of `fabrik cache` that change nothing.
#include <algorithm>
#include <charconv>
#include <iomanip>
#include <map>
#include <ostream>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/units.hpp"
#include "cli/cache_actions.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/rows.hpp"
#include "cli/status_json.hpp"
#include "cli/status_text.hpp"

namespace fabrik::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

Result<std::uint64_t> parse_limit(const std::string& text) {
  std::uint64_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Errc::invalid_argument, "--limit " + text + " is not a number");
  }
  return limit;
}

struct Sum {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};
using Sums = std::map<std::pair<std::string, std::string>, Sum>;  // by tool and namespace

json filter_of(const Invocation& invocation) {
  json request = json::object();
  if (invocation.has("tool")) {
    request["space"] = invocation.value("tool");
  }
  if (invocation.has("namespace")) {
    request["namespace"] = invocation.value("namespace");
  }
  if (invocation.has("prefix")) {
    request["prefix"] = invocation.value("prefix");
  }
  return request;
}

Result<Sums> add_up(const Invocation& invocation, const CacheClient& client,
                    std::uint64_t entries) {
  Progress progress(invocation.err, invocation.out_is_terminal, "counting");
  Sums sums;
  std::uint64_t seen = 0;
  FABRIK_CHECK(client.ask_all("usage", json::object(), [&](const json& page) {
    for (const auto& group : page.value("groups", json::array())) {
      Sum& sum = sums[{text_of(group, "space"), text_of(group, "namespace")}];
      sum.entries += count_of(group, "entries");
      sum.bytes += count_of(group, "bytes");
      seen += count_of(group, "entries");
    }
    progress.show(seen, entries, std::to_string(seen) + " entries");
    return true;
  }));
  return sums;
}

void print_sums(const Sums& sums, std::ostream& out) {
  out << "\n"
      << std::left << std::setw(14) << "tool" << std::setw(20) << "namespace" << std::right
      << std::setw(10) << "entries" << std::setw(12) << "size" << "\n";
  for (const auto& [group, sum] : sums) {
    out << std::left << std::setw(14) << group.first << std::setw(20) << group.second << std::right
        << std::setw(10) << sum.entries << std::setw(12) << format_size(sum.bytes) << "\n";
  }
}

ordered_json sums_json(const Sums& sums) {
  auto list = ordered_json::array();
  for (const auto& [group, sum] : sums) {
    list.push_back({{"tool", group.first},
                    {"namespace", group.second},
                    {"entries", sum.entries},
                    {"bytes", sum.bytes}});
  }
  return list;
}

// What `less` bytes instead of `more` are worth.
std::string saved_line(std::uint64_t more, std::uint64_t less, std::string_view how) {
  if (more <= less) {
    return "";
  }
  return format_size(more - less) + " (" + std::to_string((more - less) * 100 / more) + "%) by " +
         std::string(how);
}

void print_quotas(const json& store, const Rows& rows) {
  for (const auto& quota : store.value("quotas", json::array())) {
    rows.add("quota", text_of(quota, "of") + ": " + format_size(count_of(quota, "bytes")) + " of " +
                          format_size(count_of(quota, "max_bytes")) + ", " +
                          std::to_string(count_of(quota, "entries")) + " entries, " +
                          std::to_string(count_of(quota, "evicted_entries")) + " evicted");
  }
}

void print_entry(const json& entry, const Invocation& invocation) {
  const Rows rows(invocation.out, Style(invocation.colour));
  rows.add("key", text_of(entry, "key"));
  rows.add("tool", text_of(entry, "space"));
  rows.add("namespace", text_of(entry, "namespace"));
  rows.add("sha256", text_of(entry, "digest"));
  rows.add("size", format_size(count_of(entry, "size")));
  rows.add("stored", age_of(static_cast<std::int64_t>(count_of(entry, "created_ms"))) + " ago");
  rows.add("by", text_of(entry, "writer"));
  for (const auto& [name, value] : entry.value("headers", json::object()).items()) {
    rows.add(name, value.is_string() ? value.get<std::string>() : "");
  }
}

}  // namespace

Result<int> cache_stats(const Invocation& invocation, const CacheClient& client) {
  FABRIK_TRY(const json store, client.store_stats());
  FABRIK_TRY(const Sums sums, add_up(invocation, client, count_of(store, "entries")));
  std::uint64_t named = 0;
  for (const auto& [group, sum] : sums) {
    named += sum.bytes;
  }
  const std::uint64_t stored = count_of(store, "bytes");
  const std::uint64_t content = std::max(stored, count_of(store, "content_bytes"));
  if (invocation.has("json")) {
    invocation.out << dump_json({{"store", store},
                                 {"named_bytes", named},
                                 {"deduplicated_bytes", named > content ? named - content : 0},
                                 {"compressed_bytes", content - stored},
                                 {"groups", sums_json(sums)}});
    return kExitOk;
  }
  const Rows rows(invocation.out, Style(invocation.colour));
  rows.add("stored", format_size(stored) + " of " + format_size(count_of(store, "max_bytes")) +
                         ", " + std::to_string(count_of(store, "entries")) + " entries, " +
                         std::to_string(count_of(store, "blobs")) + " blobs");
  rows.add("saved", saved_line(named, content, "storing equal content once"));
  rows.add("saved", saved_line(content, stored, "compressing it"));
  rows.add("evicted", std::to_string(count_of(store, "evicted_blobs")) + " blobs, " +
                          format_size(count_of(store, "evicted_bytes")));
  rows.add("healed", std::to_string(count_of(store, "corrupt_dropped")) + " damaged blobs dropped");
  rows.add("problem", text_of(store, "problem"));
  print_quotas(store, rows);
  if (!sums.empty()) {
    print_sums(sums, invocation.out);
  }
  return kExitOk;
}

Result<int> cache_list(const Invocation& invocation, const CacheClient& client) {
  FABRIK_TRY(const std::uint64_t limit, parse_limit(invocation.value("limit", "1000")));
  auto entries = json::array();
  bool more = false;
  FABRIK_CHECK(client.ask_all("list", filter_of(invocation), [&](const json& page) {
    for (const auto& entry : page.value("entries", json::array())) {
      more = limit != 0 && entries.size() == limit;
      if (more) {
        return false;
      }
      entries.push_back(entry);
    }
    return true;
  }));
  if (invocation.has("json")) {
    invocation.out << dump_json({{"entries", entries}, {"more", more}});
    return kExitOk;
  }
  for (const auto& entry : entries) {
    const std::string ns = text_of(entry, "namespace");
    invocation.out << std::left << std::setw(12) << text_of(entry, "space") << std::right
                   << std::setw(11) << format_size(count_of(entry, "size")) << std::setw(8)
                   << age_of(static_cast<std::int64_t>(count_of(entry, "created_ms"))) << "  "
                   << (ns.empty() ? "" : ns + ": ") << text_of(entry, "key") << "\n";
  }
  if (more) {
    invocation.err << "There are more; --limit 0 prints all.\n";
  }
  return kExitOk;
}

Result<json> matching_entries(const Invocation& invocation, const CacheClient& client,
                              const std::string& name) {
  json request = filter_of(invocation);
  request[Digest::from_hex(name) ? "digest" : "key"] = name;
  auto entries = json::array();
  FABRIK_CHECK(client.ask_all("list", request, [&](const json& page) {
    for (const auto& entry : page.value("entries", json::array())) {
      entries.push_back(entry);
    }
    return true;
  }));
  if (entries.empty() && Digest::from_hex(name)) {  // some tools use SHA-256 as keys
    request.erase("digest");
    request["key"] = name;
    FABRIK_CHECK(client.ask_all("list", request, [&](const json& page) {
      for (const auto& entry : page.value("entries", json::array())) {
        entries.push_back(entry);
      }
      return true;
    }));
  }
  return entries;
}

Result<int> cache_info(const Invocation& invocation, const CacheClient& client) {
  const std::string& name = invocation.arguments[1];
  FABRIK_TRY(const json entries, matching_entries(invocation, client, name));
  if (invocation.has("json")) {
    invocation.out << dump_json({{"entries", entries}});
  } else if (entries.empty()) {
    invocation.err << "fabrik cache: nothing in the cache has the key or SHA-256 " << name << "\n";
  }
  for (std::size_t i = 0; !invocation.has("json") && i < entries.size(); ++i) {
    invocation.out << (i == 0 ? "" : "\n");
    print_entry(entries[i], invocation);
  }
  return entries.empty() ? kExitProblem : kExitOk;
}

}  // namespace fabrik::cli
