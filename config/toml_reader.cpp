#include "config/toml_reader.hpp"

#include <algorithm>
#include <sstream>
#include <toml.hpp>
#include <utility>
#include <vector>

#include "config/toml_guard.hpp"

namespace fabrik::config {
namespace {

struct SyntaxError {
  Position at;
  std::string message;
};

// "[error] toml::parse_table: invalid line format" without what is not for users.
std::string plain_title(std::string_view title) {
  title = title.substr(0, title.find('\n'));
  for (const std::string_view noise : {"[error] ", "toml::"}) {
    if (title.starts_with(noise)) {
      title.remove_prefix(noise.size());
      if (const auto colon = title.find(": "); noise == "toml::" && colon != title.npos) {
        title.remove_prefix(colon + 2);  // the parser's function name
      }
    }
  }
  while (title.ends_with('.') || title.ends_with(' ')) {
    title.remove_suffix(1);
  }
  return std::string(title);
}

std::string with_hint(std::string_view title, std::string_view hint) {
  while (hint.ends_with('.') || hint.ends_with(' ')) {
    hint.remove_suffix(1);
  }
  const bool says_more = !hint.empty() && hint != "here";
  return plain_title(title) + (says_more ? ": " + std::string(hint) : "");
}

// ---- All that differs between toml11 3.x and 4.x ----
#if TOML11_VERSION_MAJOR >= 4

Position start_of(const toml::value& value) {
  const auto location = value.location();
  return {std::max<std::size_t>(location.first_line_number(), 1),
          std::max<std::size_t>(location.first_column_number(), 1)};
}

std::expected<toml::value, SyntaxError> parse_text(std::string_view file, std::string content) {
  auto result = toml::try_parse(std::vector<unsigned char>(content.begin(), content.end()),
                                std::string(file));
  if (result.is_ok()) {
    return std::move(result.unwrap());
  }
  SyntaxError error{{}, "not valid TOML"};
  if (!result.unwrap_err().empty()) {
    const auto& info = result.unwrap_err().front();
    error.message = plain_title(info.title());
    for (const auto& [location, hint] : info.locations()) {
      const Position at{location.first_line_number(), location.first_column_number()};
      if (at > error.at || &hint == &info.locations().front().second) {
        error.at = at;  // the latest of several places is where it noticed
        error.message = with_hint(info.title(), hint);
      }
    }
  }
  return std::unexpected(error);
}

#else

Position start_of(const toml::value& value) {
  const auto location = value.location();
  return {location.line(), location.column()};
}

// 3.x tells the exact place in its picture of the error only:
//   " 12 | max_size = 5 bananas"
//   "    |              ^--- expected newline, but got 'b'."
// The last of several pictures is where it noticed.
SyntaxError from_picture(std::string_view picture, Position fallback) {
  const std::string_view title = picture;
  SyntaxError error{fallback, plain_title(title)};
  std::size_t line = 0;
  while (!picture.empty()) {
    const auto end = std::min(picture.find('\n'), picture.size());
    const auto row = picture.substr(0, end);
    picture.remove_prefix(std::min(end + 1, picture.size()));
    const auto bar = row.find(" | ");
    const auto first = row.find_first_not_of(' ');
    if (bar == row.npos || first == row.npos) {
      continue;
    }
    if (row[first] >= '0' && row[first] <= '9') {
      line = std::strtoul(std::string(row.substr(first, bar - first)).c_str(), nullptr, 10);
    } else if (const auto mark = row.find_first_not_of(' ', bar + 3);
               line > 0 && first == bar + 1 && mark != row.npos) {
      error.at = {line, mark - (bar + 3) + 1};
      const auto hint = row.find_first_not_of("^~- ", mark);
      error.message = with_hint(title, hint == row.npos ? "" : row.substr(hint));
      line = 0;
    }
  }
  return error;
}

std::expected<toml::value, SyntaxError> parse_text(std::string_view file, std::string content) {
  std::istringstream stream(std::move(content));
  try {
    return toml::parse(stream, std::string(file));
  } catch (const toml::syntax_error& error) {
    return std::unexpected(
        from_picture(error.what(), {error.location().line(), error.location().column()}));
  }
}

#endif
// ---- From here on both are alike ----

bool is_bare(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

RawValue strings_of(const toml::array& array) {
  RawValue raw{.kind = RawValue::Kind::strings, .shown = "["};
  for (const toml::value& item : array) {
    if (!item.is_string()) {
      return RawValue{.kind = RawValue::Kind::other, .shown = "[...]"};
    }
    raw.strings.push_back(toml::get<std::string>(item));
    raw.shown += (raw.shown.size() > 1 ? ", " : "") + quote(raw.strings.back());
  }
  raw.shown += "]";
  return raw;
}

RawValue raw_of(const toml::value& value) {
  using Kind = RawValue::Kind;
  if (value.is_boolean()) {
    return {.kind = Kind::boolean,
            .boolean = value.as_boolean(),
            .shown = value.as_boolean() ? "true" : "false"};
  }
  if (value.is_integer()) {
    return {.kind = Kind::integer,
            .integer = value.as_integer(),
            .shown = std::to_string(value.as_integer())};
  }
  if (value.is_string()) {
    std::string text = toml::get<std::string>(value);
    std::string shown = quote(text);
    return {.kind = Kind::string, .string = std::move(text), .shown = std::move(shown)};
  }
  if (value.is_table()) {
    return {.kind = Kind::table, .shown = "{...}"};
  }
  if (value.is_array()) {
    const auto& array = value.as_array();
    const bool tables = !array.empty() && std::ranges::all_of(array, [](const toml::value& item) {
      return item.is_table();
    });
    return tables ? RawValue{.kind = Kind::tables, .shown = "[{...}]"} : strings_of(array);
  }
  return {.kind = Kind::other, .shown = value.is_floating() ? "a number with a point" : "a date"};
}

std::string_view line_of(std::string_view content, std::size_t line) {
  for (; line > 1; --line) {
    content.remove_prefix(std::min(content.find('\n'), content.size() - 1) + 1);
  }
  return content.substr(0, content.find('\n'));
}

// The value's line is the key's line; on it the key is what stands before the
// `=`, or the words in the brackets.
std::size_t key_column(std::string_view line, std::size_t value_column, std::string_view key) {
  const auto fits = [&](std::size_t at) {
    const bool starts = at == 0 || !is_bare(line.substr(at - 1, 1));
    const auto end = at + key.size();
    return starts && (end >= line.size() || !is_bare(line.substr(end, 1)));
  };
  const auto limit = std::min(value_column, line.size());
  auto found = line.substr(0, limit).rfind(key);
  while (found != line.npos && found > 0 && !fits(found)) {
    found = line.substr(0, found + key.size() - 1).rfind(key);
  }
  if (found == line.npos || !fits(found)) {
    found = line.find(key);  // a table's position is its opening bracket
  }
  return found == line.npos ? value_column : found + 1;
}

}  // namespace

struct TomlDocument::State {
  struct Node {
    std::string name;
    RawValue raw;
    const toml::value* value;
    std::string key;  // the last part of the name as it is written, empty for array items
  };

  std::string content;
  toml::value root;
  std::vector<Node> nodes;

  void add(std::string name, const toml::value& value, std::string key) {
    RawValue raw = raw_of(value);
    const auto kind = raw.kind;
    nodes.push_back({name, std::move(raw), &value, std::move(key)});
    if (kind == RawValue::Kind::table) {
      add_table(name + ".", value);
    } else if (kind == RawValue::Kind::tables) {
      std::size_t index = 0;
      for (const toml::value& item : value.as_array()) {
        add(name + "." + std::to_string(index++), item, "");
      }
    }
  }

  void add_table(const std::string& prefix, const toml::value& table) {
    std::vector<std::pair<std::string, const toml::value*>> members;
    for (const auto& [key, value] : table.as_table()) {
      members.emplace_back(key, &value);
    }
    std::ranges::sort(members);
    for (const auto& [key, value] : members) {
      const std::string written = is_bare(key) ? key : quote(key);
      add(prefix + written, *value, written);
    }
  }
};

Result<TomlDocument> TomlDocument::parse(std::string_view file, std::string content) {
  FABRIK_CHECK(check_text(file, content));
  try {
    auto parsed = parse_text(file, content);
    if (!parsed) {
      const auto& [at, message] = parsed.error();
      return fail(Errc::invalid_argument, std::string(file) + ":" + std::to_string(at.line) + ":" +
                                              std::to_string(at.column) + ": " + message);
    }
    auto state = std::make_unique<State>();
    state->content = std::move(content);
    state->root = std::move(*parsed);
    state->add_table("", state->root);
    return TomlDocument(std::move(state));
  } catch (const std::exception& error) {
    return fail(Errc::invalid_argument,
                std::string(file) + ":1:1: not valid TOML: " + plain_title(error.what()));
  }
}

TomlDocument::TomlDocument(std::unique_ptr<State> state) : state_(std::move(state)) {}
TomlDocument::~TomlDocument() = default;
TomlDocument::TomlDocument(TomlDocument&&) noexcept = default;
TomlDocument& TomlDocument::operator=(TomlDocument&&) noexcept = default;

std::size_t TomlDocument::size() const {
  return state_->nodes.size();
}
const std::string& TomlDocument::name(std::size_t index) const {
  return state_->nodes[index].name;
}
const RawValue& TomlDocument::value(std::size_t index) const {
  return state_->nodes[index].raw;
}

Position TomlDocument::position(std::size_t index) const {
  const auto& node = state_->nodes[index];
  Position at = start_of(*node.value);
  if (!node.key.empty()) {
    at.column = key_column(line_of(state_->content, at.line), at.column, node.key);
  }
  return at;
}

}  // namespace fabrik::config
