#include "config/value.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "base/nearest.hpp"
#include "base/units.hpp"
#include "config/keys.hpp"

namespace fabrik::config {
namespace {

std::unexpected<Error> wrong(std::string message) {
  return fail(Errc::invalid_argument, std::move(message));
}

std::string joined(std::string_view text, std::string_view separator) {
  std::string out;
  for (const std::string_view word : words(text)) {
    out += (out.empty() ? "" : std::string(separator)) + std::string(word);
  }
  return out;
}

std::string did_you_mean(std::string_view text, std::span<const std::string_view> candidates) {
  const auto best = nearest(text, candidates);
  return best ? " (did you mean " + quote(*best) + "?)" : "";
}

// base/units.hpp repeats the text at the start of its messages; here it stands
// before the colon already.
std::unexpected<Error> without_text(Error error, std::string_view text) {
  const std::string repeated = "\"" + std::string(text) + "\" ";
  if (error.message.starts_with(repeated)) {
    error.message.erase(0, repeated.size());
  }
  return fail(std::move(error));
}

Result<Value> size_of(const Key& key, std::uint64_t bytes) {
  if (bytes < static_cast<std::uint64_t>(key.min)) {
    return wrong("is too small; write at least \"" + format_size(key.min) + "\"");
  }
  if (bytes > 9'200'000'000'000'000'000U) {
    return wrong("is too large; write it like \"5GB\" or \"512MiB\"");
  }
  return bytes;
}

Result<Value> integer_of(const Key& key, std::int64_t number) {
  if (number < key.min || number > key.max) {
    return wrong("is out of range; write an integer from " + std::to_string(key.min) + " to " +
                 std::to_string(key.max));
  }
  return number;
}

Result<Value> duration_of(const Key& key, std::string_view text) {
  const auto parsed = parse_duration(text);
  if (!parsed) {
    return without_text(parsed.error(), text);
  }
  if (parsed->count() < key.min) {
    return wrong("is too short; write at least \"" +
                 format_duration(std::chrono::milliseconds(key.min)) + "\"");
  }
  return *parsed;
}

Result<Value> choice_of(const Key& key, std::string_view text) {
  const auto choices = words(key.choices);
  if (std::ranges::find(choices, text) == choices.end()) {
    return wrong("is not known" + did_you_mean(text, choices) + "; write one of " +
                 joined(key.choices, ", "));
  }
  return std::string(text);
}

Result<Value> list_of(const Key& key, const std::vector<std::string>& items) {
  const auto choices = words(key.choices);
  std::vector<std::string> out;
  for (const std::string& item : items) {
    if (!choices.empty() && std::ranges::find(choices, item) == choices.end()) {
      return wrong("there is no " + quote(item) + did_you_mean(item, choices) + "; write some of " +
                   joined(key.choices, ", "));
    }
    if (std::ranges::find(out, item) == out.end()) {
      out.push_back(item);
    }
  }
  return out;
}

// What an item of `parts` says, or an item of `quotas` before its `=`.
Result<void> check_part(const Key& key, std::string_view item) {
  const std::string_view part = item.substr(0, item.find('/'));
  const auto choices = words(key.choices);
  if (item == "*" || std::ranges::find(choices, part) != choices.end()) {
    return {};
  }
  return wrong("there is no " + quote(part) + did_you_mean(part, choices) + "; write one of " +
               joined(key.choices, ", ") + ", with /NAMESPACE behind it for a part of it");
}

Result<Value> parts_of(const Key& key, const std::vector<std::string>& items) {
  for (const std::string& item : items) {
    const auto equals = key.type == Type::quotas ? item.rfind('=') : item.size();
    if (equals == std::string::npos) {
      return wrong(quote(item) + " names no size; write it like \"gradle=2GB\"");
    }
    FABRIK_CHECK(check_part(key, std::string_view(item).substr(0, equals)));
    const auto bytes = parse_size(equals == item.size() ? "1" : item.substr(equals + 1));
    if (!bytes) {
      return wrong(quote(item) + " names no size: " + bytes.error().message);
    }
  }
  return items;
}

Result<Value> url_of(const Key& key, std::string_view text) {
  for (const std::string_view scheme : words(key.choices)) {
    const std::string start = std::string(scheme) + "://";
    if (text.starts_with(start) && text.size() > start.size() && text[start.size()] != '/' &&
        text.find_first_of(" \t\r\n") == std::string_view::npos) {
      return std::string(text);
    }
  }
  return wrong("is no URL of a kind known here; write it as " + joined(key.choices, "://..., ") +
               "://...");
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port <= 65535;
}

Result<Value> address_of(std::string_view text) {
  std::string_view host = text;
  std::string_view port = "0";
  const auto colon = text.rfind(':');
  if (text.starts_with('[') ? text.find("]:") != std::string_view::npos
                            : std::ranges::count(text, ':') == 1) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (host.empty() || !is_port(port) || host.find_first_of(" \t\r\n/@") != std::string_view::npos) {
    return wrong("is no address; write it like \"127.0.0.1:7070\" or \"[::1]:7070\"");
  }
  return std::string(text);
}

Result<Value> text_of(const Key& key, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return wrong("contains a NUL character");
  }
  if (text.empty() && key.type == Type::path) {
    return wrong("is empty; write a path, or leave the key out");
  }
  if (text.size() < static_cast<std::size_t>(key.min)) {
    return wrong("is too short; write at least " + std::to_string(key.min) + " characters");
  }
  return std::string(text);
}

// What all sources have in common: the types that are written as text anyway.
Result<Value> parse_text(const Key& key, std::string_view text) {
  switch (key.type) {
    case Type::size: {
      const auto bytes = parse_size(text);
      return bytes ? size_of(key, *bytes) : without_text(bytes.error(), text);
    }
    case Type::duration:
      return duration_of(key, text);
    case Type::choice:
      return choice_of(key, text);
    case Type::url:
      return url_of(key, text);
    case Type::address:
      return address_of(text);
    default:
      return text_of(key, text);
  }
}

Result<Value> boolean_of(std::string_view text) {
  for (const std::string_view yes : {"true", "1", "yes", "on"}) {
    if (text == yes) {
      return true;
    }
  }
  for (const std::string_view no : {"false", "0", "no", "off"}) {
    if (text == no) {
      return false;
    }
  }
  return wrong("is not a boolean; write true or false");
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    for (const std::string_view word : words(text.substr(0, comma))) {
      items.emplace_back(word);
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

}  // namespace

std::string describe(const Key& key) {
  switch (key.type) {
    case Type::boolean:
      return "boolean";
    case Type::integer:
      return "integer, " + std::to_string(key.min) + " to " + std::to_string(key.max);
    case Type::size:
      return "size";
    case Type::duration:
      return "duration";
    case Type::string:
      return "string";
    case Type::path:
      return "path";
    case Type::choice:
      return "one of " + joined(key.choices, ", ");
    case Type::list:
      return "list of " + (key.choices.empty() ? "strings" : joined(key.choices, ", "));
    case Type::parts:
      return "list of PART[/NAMESPACE]; PART: " + joined(key.choices, ", ");
    case Type::quotas:
      return "list of PART[/NAMESPACE]=SIZE; PART: " + joined(key.choices, ", ");
    case Type::url:
      return "URL (" + joined(key.choices, ", ") + ")";
    case Type::address:
      return "address";
  }
  return "";
}

Result<Value> from_toml(const Key& key, const RawValue& raw) {
  using Kind = RawValue::Kind;
  if (raw.kind == Kind::table || raw.kind == Kind::tables) {
    return wrong("is a table; it must be a value (" + describe(key) + ")");
  }
  switch (key.type) {
    case Type::boolean:
      return raw.kind == Kind::boolean ? Result<Value>(raw.boolean)
                                       : wrong("is not a boolean; write true or false");
    case Type::integer:
      return raw.kind == Kind::integer
                 ? integer_of(key, raw.integer)
                 : wrong("is not an integer; write one from " + std::to_string(key.min) + " to " +
                         std::to_string(key.max) + ", without quotes");
    case Type::list:
      return raw.kind == Kind::strings
                 ? list_of(key, raw.strings)
                 : wrong("is not a list of strings; write it like [\"gradle\", \"nx\"]");
    case Type::parts:
    case Type::quotas:
      return raw.kind == Kind::strings
                 ? parts_of(key, raw.strings)
                 : wrong(std::string("is not a list of strings; write it like [\"gradle") +
                         (key.type == Type::quotas ? "=2GB" : "") + "\"]");
    case Type::size:
      if (raw.kind == Kind::integer && raw.integer >= 0) {
        return size_of(key, static_cast<std::uint64_t>(raw.integer));
      }
      break;
    case Type::choice:
      if (raw.kind == Kind::boolean) {
        return parse_text(key, raw.boolean ? "true" : "false");
      }
      break;
    default:
      break;
  }
  if (raw.kind != Kind::string) {
    const std::string example = key.type == Type::size       ? ", like \"5GB\" or \"512MiB\""
                                : key.type == Type::duration ? ", like \"30s\" or \"7d\""
                                                             : "";
    return wrong("is not a string; write it in quotes" + example);
  }
  return parse_text(key, raw.string);
}

Result<Value> from_text(const Key& key, std::string_view text) {
  switch (key.type) {
    case Type::boolean:
      return boolean_of(text);
    case Type::integer: {
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || end != text.data() + text.size()) {
        return wrong("is not an integer; write one from " + std::to_string(key.min) + " to " +
                     std::to_string(key.max));
      }
      return integer_of(key, number);
    }
    case Type::list:
      return list_of(key, split_list(text));
    case Type::parts:
    case Type::quotas:
      return parts_of(key, split_list(text));
    default:
      return parse_text(key, text);
  }
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string to_literal(const Key& key, std::string_view text) {
  if (key.type == Type::integer) {
    return std::string(text);
  }
  if (key.type == Type::boolean) {
    const auto value = boolean_of(text);
    return value && std::get<bool>(*value) ? "true" : "false";
  }
  if (key.type != Type::list && key.type != Type::parts && key.type != Type::quotas) {
    return quote(text);
  }
  std::string out;
  for (const std::string& item : split_list(text)) {
    out += (out.empty() ? "" : ", ") + quote(item);
  }
  return "[" + out + "]";
}

}  // namespace fabrik::config
