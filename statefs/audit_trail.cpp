#include "statefs/audit_trail.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

namespace fabrik::statefs {
namespace {

constexpr unsigned kOldest = 99;

std::string text(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool fits(const std::string& wanted, const std::string& value) {
  return wanted.empty() || wanted == value;
}

}  // namespace

std::string audit_time(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 40> buffer{};
  const std::size_t used = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(buffer.data() + used, buffer.size() - used, ".%03dZ",
                static_cast<int>(ms.count() % 1000));
  return buffer.data();
}

std::string audit_line(const AuditRecord& record) {
  nlohmann::ordered_json json = {
      {"time", record.time}, {"writer", record.writer}, {"space", record.space}, {"ns", record.ns},
      {"key", record.key},   {"digest", record.digest}, {"size", record.size}};
  if (!record.tool.empty()) {
    json["tool"] = record.tool;
  }
  if (!record.invocation.empty()) {
    json["invocation"] = record.invocation;
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::optional<AuditRecord> parse_audit_line(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  AuditRecord record{.time = text(json, "time"),
                     .writer = text(json, "writer"),
                     .tool = text(json, "tool"),
                     .invocation = text(json, "invocation"),
                     .space = text(json, "space"),
                     .ns = text(json, "ns"),
                     .key = text(json, "key"),
                     .digest = text(json, "digest")};
  const auto size = json.find("size");
  if (record.time.empty() || record.space.empty() || size == json.end() ||
      !size->is_number_unsigned()) {
    return std::nullopt;
  }
  record.size = size->get<std::uint64_t>();
  return record;
}

std::filesystem::path audit_file(const std::filesystem::path& log_dir, unsigned age) {
  return log_dir / (age == 0 ? "audit.jsonl" : "audit." + std::to_string(age) + ".jsonl");
}

bool AuditFilter::matches(const AuditRecord& record) const {
  return fits(key, record.key) && fits(digest, record.digest) && fits(writer, record.writer) &&
         (since.empty() || record.time >= since);
}

void read_audit(const std::filesystem::path& log_dir, const AuditFilter& filter,
                const std::function<void(const AuditRecord&)>& visit) {
  unsigned oldest = 0;
  std::error_code ignored;
  while (oldest < kOldest && std::filesystem::exists(audit_file(log_dir, oldest + 1), ignored)) {
    ++oldest;
  }
  for (unsigned age = oldest + 1; age-- > 0;) {
    std::ifstream file(audit_file(log_dir, age));
    for (std::string line; std::getline(file, line);) {
      const auto record = parse_audit_line(line);
      if (record && filter.matches(*record)) {
        visit(*record);
      }
    }
  }
}

}  // namespace fabrik::statefs
