// The write audit on disk: audit.jsonl in a daemon's log directory, one JSON object
// per accepted write, and the rotated files before it (audit.1.jsonl is the newest
// of them). Written by the worker (daemon/audit_writer.hpp), read by anybody.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace fabrik::statefs {

struct AuditRecord {
  std::string time;        // audit_time()
  std::string writer;      // "uid 1000", "token ci"
  std::string tool;        // as it called itself; may be empty
  std::string invocation;  // of the tool, when it said; may be empty
  std::string space;       // protocol: "gradle", "bazel", "cas"
  std::string ns;
  std::string key;
  std::string digest;  // SHA-256 of the bytes, in hex
  std::uint64_t size = 0;

  bool operator==(const AuditRecord&) const = default;
};

// "2026-11-21T10:00:00.000Z": compares as text like the times themselves.
std::string audit_time(std::chrono::system_clock::time_point time);

// With the line break. Bytes that are no UTF-8 are replaced.
std::string audit_line(const AuditRecord& record);
// nullopt: not a record (a line that a crash cut off, for example).
std::optional<AuditRecord> parse_audit_line(std::string_view line);

// audit.jsonl (0), audit.1.jsonl, ...
std::filesystem::path audit_file(const std::filesystem::path& log_dir, unsigned age);

// Empty fields match everything.
struct AuditFilter {
  std::string key;
  std::string digest;
  std::string writer;
  std::string since;  // audit_time(): this time and later

  bool matches(const AuditRecord& record) const;
};

// Calls `visit` with all matching records, oldest first; holds one line at a time.
// A file that cannot be read has none.
void read_audit(const std::filesystem::path& log_dir, const AuditFilter& filter,
                const std::function<void(const AuditRecord&)>& visit);

}  // namespace fabrik::statefs
