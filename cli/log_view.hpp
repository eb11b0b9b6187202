// The JSON lines of base/log.hpp, for people.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cli/style.hpp"

namespace fabrik::cli {

// One line of a log file, as it is there.
struct LogLine {
  std::string source;  // "supervisor", "worker"
  std::string time;    // "2026-11-20T10:00:00.000Z"; empty when the line is no JSON
  std::string text;    // without the line break
};

LogLine parse_log_line(std::string_view source, std::string_view text);

// "2026-11-20T10:00:00.000Z worker     warn  message key=value". A line that is no
// JSON is shown as it is; control characters never reach the terminal.
std::string format_log_line(const LogLine& line, const Style& style);

// `text` with its control characters replaced, for a terminal.
std::string printable(std::string_view text);

// The last `count` lines of a log and the rotated file before it
// ("worker.1.log"). A missing file has none.
std::vector<LogLine> last_lines(const std::filesystem::path& file, std::string_view source,
                                std::size_t count);

// Merges logs by time, keeping the order within each, and keeps the last `count`.
std::vector<LogLine> merge_lines(const std::vector<std::vector<LogLine>>& logs, std::size_t count);

}  // namespace fabrik::cli
