#include <nlohmann/json.hpp>
#include <ostream>

#include "base/units.hpp"
#include "cli/audit_options.hpp"
#include "cli/commands.hpp"
#include "cli/log_view.hpp"
#include "cli/project.hpp"
#include "statefs/audit_trail.hpp"
#include "statefs/project_record.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "key", .value = "KEY", .help = "Only writes of this key"},
    {.name = "digest", .value = "SHA256", .help = "Only writes of these bytes"},
    {.name = "writer", .value = "WRITER", .help = "Only writes by this writer: \"uid 1000\""},
    kSinceOption,
    {.name = "json", .help = "Print the records as JSON lines"},
    kConfigOption,
};

void print(const statefs::AuditRecord& record, std::ostream& out) {
  const std::string ns = record.ns.empty() ? "" : record.ns + "/";
  const std::string tool = record.tool.empty() ? "" : "  " + record.tool;
  const std::string invocation = record.invocation.empty() ? "" : "  " + record.invocation;
  out << printable(record.time + "  " + record.writer + "  " + record.space + "  " + ns +
                   record.key + "  " + record.digest.substr(0, 16) + "  " +
                   format_size(record.size) + tool + invocation)
      << "\n";
}

Result<int> run_audit(const Invocation& invocation) {
  FABRIK_TRY(const config::Source source, require_source(invocation));
  FABRIK_TRY(const statefs::Paths paths, statefs::paths_from(invocation.env));
  statefs::AuditFilter filter{.key = invocation.value("key"),
                              .digest = invocation.value("digest"),
                              .writer = invocation.value("writer"),
                              .since = {}};
  if (invocation.has("since")) {
    FABRIK_TRY(const auto since,
               parse_since(invocation.value("since"), std::chrono::system_clock::now()));
    filter.since = statefs::audit_time(since);
  }
  const auto record = statefs::read_project_record(paths, source.project_id());
  if (!record && record.error().code == Errc::not_found) {
    invocation.err << "fabrik audit: no daemon has run for " << source.path.string() << " yet\n";
    return kExitOk;
  }
  FABRIK_CHECK(record);
  const bool json = invocation.has("json");
  statefs::read_audit(paths.daemon_dir(record->config_hash) / "log", filter,
                      [&](const statefs::AuditRecord& found) {
                        if (json) {
                          invocation.out << statefs::audit_line(found);
                        } else {
                          print(found, invocation.out);
                        }
                      });
  return kExitOk;
}

}  // namespace

const Command kAuditCommand = {
    .name = "audit",
    .arguments = "",
    .summary = "Show who stored what in the cache, and when",
    .details =
        "One line per accepted write, oldest first: when, who, protocol, key, digest, size,\n"
        "tool. The last 128 MiB of records are kept beside the daemon's logs; no daemon needs to\n"
        "run.\n"
        "\n"
        "Examples:\n"
        "  fabrik audit --since 2h\n"
        "  fabrik audit --writer \"uid 1000\" --json | jq -r .key\n",
    .options = kOptions,
    .run = run_audit,
};

}  // namespace fabrik::cli
