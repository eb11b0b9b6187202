// "name   value" lines for people.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "cli/style.hpp"

namespace fabrik::cli {

// Writes to `out`, which must outlive it.
class Rows {
 public:
  Rows(std::ostream& out, Style style) : out_(out), style_(style) {}
  // An empty value is left out. Lines after the first are indented.
  void add(std::string_view name, std::string_view value) const;

 private:
  std::ostream& out_;
  Style style_;
};

}  // namespace fabrik::cli
