#include "activate/shell_state.hpp"

#include <algorithm>
#include <charconv>

#include "activate/variables.hpp"
#include "base/bytes.hpp"
#include "base/digest.hpp"

namespace fabrik::activate {
namespace {

using Kind = VariableState::Kind;

constexpr std::string_view kVersion = "1";
constexpr std::size_t kLimit = 64 * 1024;
constexpr std::size_t kFingerprintSize = 12;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("/._:-=@+").contains(c);
}

std::string escape(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_plain(text[i])) {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] != '%' || text.size() - i < 3 ||
        std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2 || value == 0) {
      return std::nullopt;
    }
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(at + 1);
  }
}

char kind_letter(const Record& record) {
  if (record.hands_off) {
    return 'k';
  }
  const char letter = record.before.kind == Kind::unset      ? 'n'
                      : record.before.kind == Kind::exported ? 'x'
                                                             : 's';
  return record.before.universal ? static_cast<char>(letter - 'a' + 'A') : letter;
}

bool set_kind(Record& record, std::string_view letter) {
  if (letter == "k") {
    record.hands_off = true;
  } else if (letter == "x" || letter == "X") {
    record.before.kind = Kind::exported;
  } else if (letter == "s" || letter == "S") {
    record.before.kind = Kind::unexported;
  } else if (letter != "n") {
    return false;
  }
  record.before.universal = letter == "X" || letter == "S";
  return true;
}

bool is_fingerprint(std::string_view text) {
  return text.size() == kFingerprintSize &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<Record> decode_record(std::string_view text) {
  const auto parts = split(text, ',');
  if (parts.size() != 4 || find_variable(parts[0]) == nullptr) {
    return std::nullopt;
  }
  Record record;
  record.name = parts[0];
  auto value = unescape(parts[3]);
  if (!set_kind(record, parts[1]) || !value) {
    return std::nullopt;
  }
  const bool has_value = !record.hands_off && record.before.kind != Kind::unset;
  if ((!has_value && !value->empty()) ||
      (record.hands_off ? !parts[2].empty() : !is_fingerprint(parts[2]))) {
    return std::nullopt;
  }
  record.ours = parts[2];
  record.before.value = *std::move(value);
  return record;
}

std::optional<pid_t> decode_pid(std::string_view text) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc() || end != text.data() + text.size() || pid < 0) {
    return std::nullopt;
  }
  return pid;
}

std::optional<ShellState> decode_header(std::string_view path, std::string_view hash,
                                        std::string_view pid) {
  auto config_path = unescape(path);
  auto config_hash = unescape(hash);
  const auto daemon_pid = decode_pid(pid);
  if (!config_path || !config_hash || !daemon_pid ||
      !(config_path->empty() || config_path->starts_with('/'))) {
    return std::nullopt;
  }
  return ShellState{*std::move(config_path), *std::move(config_hash), *daemon_pid, {}};
}

}  // namespace

const Record* ShellState::find(std::string_view name) const {
  const auto found = std::ranges::find(records, name, &Record::name);
  return found == records.end() ? nullptr : &*found;
}

std::string fingerprint(std::string_view value) {
  return sha256(as_bytes(value)).hex().substr(0, kFingerprintSize);
}

std::string encode(const ShellState& state) {
  std::string out(kVersion);
  out += ";" + escape(state.config_path) + ";" + escape(state.config_hash) + ";" +
         std::to_string(state.daemon_pid);
  for (const Record& record : state.records) {
    out += ";" + record.name + "," + kind_letter(record) + "," + record.ours + "," +
           escape(record.before.value);
  }
  return out;
}

std::optional<ShellState> decode(std::string_view text) {
  if (text.size() > kLimit) {
    return std::nullopt;
  }
  const auto fields = split(text, ';');
  if (fields.size() < 4 || fields[0] != kVersion) {
    return std::nullopt;
  }
  auto state = decode_header(fields[1], fields[2], fields[3]);
  for (std::size_t i = 4; state && i < fields.size(); ++i) {
    auto record = decode_record(fields[i]);
    if (!record || state->find(record->name) != nullptr) {
      return std::nullopt;
    }
    state->records.push_back(*std::move(record));
  }
  return state;
}

}  // namespace fabrik::activate
