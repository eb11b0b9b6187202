// A TOML file as a flat list of named values with positions. The only user of
// toml11; works with its 3.x and 4.x.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/value.hpp"

namespace fabrik::config {

struct Position {
  std::size_t line = 1;    // from 1
  std::size_t column = 1;  // from 1, in bytes
  auto operator<=>(const Position&) const = default;
};

class TomlDocument {
 public:
  // invalid_argument: "<file>:<line>:<column>: <what is wrong>" for the first
  // syntax error, also for shapes that no configuration needs (toml_guard.hpp). Any
  // bytes are safe.
  static Result<TomlDocument> parse(std::string_view file, std::string content);

  ~TomlDocument();
  TomlDocument(TomlDocument&&) noexcept;
  TomlDocument& operator=(TomlDocument&&) noexcept;

  // Every table and value, each table before what is in it, siblings by name:
  // "cache" (table), "cache.max_size" (string), "upstream" (tables), "upstream.0"
  // (table), "upstream.0.url". Names that are no bare keys keep their quotes.
  std::size_t size() const;
  const std::string& name(std::size_t index) const;
  const RawValue& value(std::size_t index) const;
  // Where the key stands. Costs a scan of the file: ask only when needed.
  Position position(std::size_t index) const;

 private:
  struct State;
  explicit TomlDocument(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace fabrik::config
