// Colours for people: nothing at all unless the output is a terminal that wants
// them.
#pragma once

#include <string>
#include <string_view>

namespace fabrik::cli {

class Style {
 public:
  explicit Style(bool colour) : colour_(colour) {}

  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string good(std::string_view text) const { return wrap("32", text); }
  std::string warning(std::string_view text) const { return wrap("33", text); }
  std::string bad(std::string_view text) const { return wrap("31", text); }

 private:
  std::string wrap(std::string_view code, std::string_view text) const {
    return colour_ ? "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m"
                   : std::string(text);
  }

  bool colour_;
};

}  // namespace fabrik::cli
