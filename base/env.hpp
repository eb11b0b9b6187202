// A process environment as a value: read once at start, passed in, faked in tests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace fabrik {

class Env {
 public:
  using Map = std::map<std::string, std::string, std::less<>>;

  Env() = default;
  explicit Env(Map variables) : variables_(std::move(variables)) {}
  // The environment of this process.
  static Env current();

  // nullopt when unset; an empty string when set to nothing.
  std::optional<std::string> get(std::string_view name) const;
  // The value, or nullopt when unset *or empty*: how XDG and most switches read.
  std::optional<std::string> non_empty(std::string_view name) const;

  const Map& all() const { return variables_; }

 private:
  Map variables_;
};

}  // namespace fabrik
