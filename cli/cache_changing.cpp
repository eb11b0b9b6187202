// The actions of `fabrik cache` that change it or carry it elsewhere.
#include <filesystem>
#include <ostream>

#include "base/digest.hpp"
#include "base/units.hpp"
#include "cli/cache_actions.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/status_json.hpp"

namespace fabrik::cli {
namespace {

using nlohmann::json;

Result<std::string> absolute_path(const std::string& name) {
  std::error_code error;
  const auto path = std::filesystem::absolute(name, error);
  if (error) {
    return fail(Errc::invalid_argument, "find " + name + ": " + error.message());
  }
  return path.string();
}

}  // namespace

Result<int> cache_remove(const Invocation& invocation, const CacheClient& client) {
  const std::string& name = invocation.arguments[1];
  FABRIK_TRY(const json entries, matching_entries(invocation, client, name));
  std::uint64_t removed = 0;
  for (const auto& entry : entries) {
    FABRIK_TRY(const json answer, client.ask("remove", {{"id", text_of(entry, "id")}}));
    removed += answer.value("removed", json()) == true ? 1 : 0;
  }
  bool blob = false;
  if (Digest::from_hex(name)) {  // also content that no entry names
    FABRIK_TRY(const json answer, client.ask("remove", {{"digest", name}}));
    blob = answer.value("removed", json()) == true;
  }
  if (invocation.has("json")) {
    invocation.out << dump_json({{"entries", removed}, {"blob", blob}});
  } else if (removed == 0 && !blob) {
    invocation.err << "fabrik cache: nothing in the cache has the key or SHA-256 " << name << "\n";
  } else {
    invocation.out << "Removed " << removed << (removed == 1 ? " entry" : " entries")
                   << (blob ? " and their content.\n" : ".\n");
  }
  return removed == 0 && !blob ? kExitProblem : kExitOk;
}

Result<int> cache_clear(const Invocation& invocation, const CacheClient& client) {
  FABRIK_TRY(const json store, client.store_stats());
  FABRIK_CHECK(client.ask("clear", json::object()));
  if (invocation.has("json")) {
    invocation.out << dump_json({{"cleared", true},
                                 {"entries", count_of(store, "entries")},
                                 {"bytes", count_of(store, "bytes")}});
  } else {
    invocation.out << "Removed " << count_of(store, "entries") << " entries, "
                   << format_size(count_of(store, "bytes")) << ".\n";
  }
  return kExitOk;
}

Result<int> cache_verify(const Invocation& invocation, const CacheClient& client) {
  FABRIK_TRY(const json store, client.store_stats());
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t damaged = 0;
  {
    Progress progress(invocation.err, invocation.out_is_terminal, "verifying");
    FABRIK_CHECK(client.ask_all("verify", json::object(), [&](const json& page) {
      blobs += count_of(page, "blobs");
      bytes += count_of(page, "bytes");
      damaged += count_of(page, "damaged");
      progress.show(bytes, count_of(store, "bytes"),
                    format_size(bytes) + ", " + std::to_string(damaged) + " damaged");
      return true;
    }));
  }
  if (invocation.has("json")) {
    invocation.out << dump_json({{"blobs", blobs}, {"bytes", bytes}, {"damaged", damaged}});
  } else {
    invocation.out << "Checked " << blobs << " blobs, " << format_size(bytes) << ": "
                   << (damaged == 0
                           ? "all are sound.\n"
                           : std::to_string(damaged) + " were damaged and have been dropped.\n");
  }
  return damaged == 0 ? kExitOk : kExitProblem;
}

Result<int> cache_export(const Invocation& invocation, const CacheClient& client) {
  FABRIK_TRY(const std::string path, absolute_path(invocation.arguments[1]));
  FABRIK_TRY(const json store, client.store_stats());
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  {
    Progress progress(invocation.err, invocation.out_is_terminal, "exporting");
    FABRIK_CHECK(client.ask_all("export", {{"path", path}}, [&](const json& page) {
      entries += count_of(page, "entries");
      bytes += count_of(page, "bytes");
      progress.show(entries, count_of(store, "entries"), format_size(bytes));
      return true;
    }));
  }
  if (invocation.has("json")) {
    invocation.out << dump_json({{"path", path}, {"entries", entries}, {"bytes", bytes}});
  } else {
    invocation.out << "Exported " << entries << " entries, " << format_size(bytes) << ".\n";
  }
  return kExitOk;
}

Result<int> cache_import(const Invocation& invocation, const CacheClient& client) {
  FABRIK_TRY(const std::string path, absolute_path(invocation.arguments[1]));
  std::uint64_t entries = 0;
  std::uint64_t dropped = 0;
  std::uint64_t bytes = 0;
  {
    Progress progress(invocation.err, invocation.out_is_terminal, "importing");
    FABRIK_CHECK(client.ask_all("import", {{"path", path}}, [&](const json& page) {
      entries += count_of(page, "entries");
      dropped += count_of(page, "dropped");
      bytes += count_of(page, "bytes");
      progress.show(bytes, count_of(page, "total"), std::to_string(entries) + " entries");
      return true;
    }));
  }
  if (invocation.has("json")) {
    invocation.out << dump_json({{"path", path}, {"entries", entries}, {"dropped", dropped}});
  } else {
    invocation.out << "Imported " << entries << " entries; " << dropped
                   << " were there already or did not fit.\n";
  }
  return kExitOk;
}

}  // namespace fabrik::cli
