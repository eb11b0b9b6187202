#include "cli/service/unit.hpp"

#include <algorithm>
#include <array>

namespace fabrik::cli::service {
namespace {

constexpr std::string_view kFirstLine =
    "# Made by `fabrik service install`; `fabrik service remove` deletes it.\n";
constexpr std::string_view kPrefix = "fabrik-";
constexpr std::string_view kSuffix = ".service";

// A value to the end of the line that nothing is split from: no specifiers, one line.
std::string plain_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '%') {
      out += "%%";
    } else {
      out += static_cast<unsigned char>(c) < 0x20 || c == '\\' ? '?' : c;
    }
  }
  return out;
}

}  // namespace

std::string unit_name(std::string_view project_id) {
  return std::string(kPrefix) + std::string(project_id) + std::string(kSuffix);
}

bool is_unit_name(std::string_view file_name) {
  if (!file_name.starts_with(kPrefix) || !file_name.ends_with(kSuffix) ||
      file_name.size() != kPrefix.size() + 16 + kSuffix.size()) {
    return false;
  }
  return std::ranges::all_of(file_name.substr(kPrefix.size(), 16), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

std::string unit_word(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '%') {
      out += "%%";
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += std::string("\\x") + kHex[byte >> 4] + kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string unit_argument(std::string_view text) {
  std::string out;
  for (const char c : unit_word(text)) {
    out += c == '$' ? "$$" : std::string(1, c);
  }
  return out;
}

std::string unit_text(const UnitSpec& spec) {
  std::string command = unit_word(spec.executable.native()) + " daemon --config " +
                        unit_argument(spec.config_path.native());
  for (const std::string& setting : spec.settings) {
    command += " --set " + unit_argument(setting);
  }
  std::string environment;
  for (const std::string& variable : spec.environment) {
    environment += "Environment=" + unit_word(variable) + "\n";
  }
  // 1 and 78: another daemon serves the project, or fabrik.toml is wrong. Trying
  // again would not help, and entering the project says what is the matter.
  return std::string(kFirstLine) +
         "[Unit]\n"
         "Description=fabrik build cache of " +
         plain_value(spec.config_path.parent_path().native()) +
         "\n"
         "\n"
         "[Service]\n"
         "Type=exec\n"
         "ExecStart=" +
         command + "\n" + environment +
         "Restart=on-failure\n"
         "RestartSec=5\n"
         "RestartPreventExitStatus=1 64 77 78\n"
         "\n"
         "[Install]\n"
         "WantedBy=default.target\n";
}

bool is_ours(std::string_view text) {
  return text.starts_with(kFirstLine);
}

std::vector<std::string> placing_variables(const Env& env) {
  static constexpr std::array<std::string_view, 3> kNames = {"XDG_CACHE_HOME", "XDG_CONFIG_HOME",
                                                             "XDG_STATE_HOME"};
  std::vector<std::string> out;
  for (const std::string_view name : kNames) {
    if (const auto value = env.non_empty(name); value && value->starts_with('/')) {
      out.push_back(std::string(name) + "=" + *value);
    }
  }
  return out;
}

}  // namespace fabrik::cli::service
