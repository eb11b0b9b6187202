#include "cli/log_view.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "base/fs.hpp"

namespace fabrik::cli {
namespace {

// Rotated at 5 MiB; more than that is not one of our logs.
constexpr std::uint64_t kFileLimit = 64 * 1024 * 1024;

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  out.resize(std::max(width, out.size()), ' ');
  return out;
}

std::string level_text(std::string_view level, const Style& style) {
  const std::string text = padded(level, 5);
  if (level == "error") {
    return style.bad(text);
  }
  return level == "warn" ? style.warning(text) : level == "info" ? text : style.dim(text);
}

std::string field_text(std::string_view key, const nlohmann::json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.empty() || text.find_first_of(" \"\n\t") != std::string::npos) {
    text = value.dump();
  }
  return std::string(key) + "=" + text;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end != 0) {
      lines.push_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return out;
}

LogLine parse_log_line(std::string_view source, std::string_view text) {
  LogLine line{.source = std::string(source), .time = "", .text = std::string(text)};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_object() && json.contains("time") && json["time"].is_string()) {
    line.time = json["time"];
  }
  return line;
}

std::string format_log_line(const LogLine& line, const Style& style) {
  const auto json = nlohmann::ordered_json::parse(line.text, nullptr, false);
  if (!json.is_object() || line.time.empty()) {
    return printable(line.text);
  }
  std::string text =
      style.dim(printable(line.time)) + " " + style.dim(padded(line.source, 10)) + " ";
  std::string level;
  std::string message;
  std::string fields;
  for (const auto& [key, value] : json.items()) {
    if (key == "level" && value.is_string()) {
      level = value;
    } else if (key == "message" && value.is_string()) {
      message = value;
    } else if (key != "time") {
      fields += " " + field_text(key, value);
    }
  }
  return text + level_text(printable(level), style) + " " + printable(message) +
         style.dim(printable(fields));
}

std::vector<LogLine> last_lines(const std::filesystem::path& file, std::string_view source,
                                std::size_t count) {
  auto rotated = file;
  rotated.replace_filename(file.stem().string() + ".1" + file.extension().string());
  std::vector<LogLine> lines;
  for (const auto& path : {file, rotated}) {
    const auto content = read_file(path, kFileLimit);
    if (!content || lines.size() >= count) {
      break;
    }
    std::vector<LogLine> part;
    const auto all = split_lines(*content);
    const std::size_t wanted = std::min(count - lines.size(), all.size());
    for (const std::string_view text : std::span(all).last(wanted)) {
      part.push_back(parse_log_line(source, text));
    }
    lines.insert(lines.begin(), part.begin(), part.end());
  }
  return lines;
}

std::vector<LogLine> merge_lines(const std::vector<std::vector<LogLine>>& logs, std::size_t count) {
  struct Timed {
    std::string time;
    std::size_t order;
    const LogLine* line;
  };
  std::vector<Timed> all;
  for (const auto& log : logs) {
    std::string last_time;
    for (const LogLine& line : log) {
      // A line without a time stays behind the one before it.
      last_time = line.time.empty() ? last_time : line.time;
      all.push_back({.time = last_time, .order = all.size(), .line = &line});
    }
  }
  std::ranges::sort(all, {}, [](const Timed& timed) {
    return std::pair<std::string_view, std::size_t>(timed.time, timed.order);
  });
  const std::size_t kept = std::min(count, all.size());
  std::vector<LogLine> lines;
  for (const Timed& timed : std::span(all).last(kept)) {
    lines.push_back(*timed.line);
  }
  return lines;
}

}  // namespace fabrik::cli
