#include "cli/rows.hpp"

#include <algorithm>
#include <ostream>

namespace fabrik::cli {

void Rows::add(std::string_view name, std::string_view value) const {
  constexpr std::size_t kColumn = 10;
  if (value.empty()) {
    return;
  }
  std::string heading(name);
  heading.resize(std::max(kColumn, name.size() + 1), ' ');
  out_ << style_.bold(heading);
  for (const char c : value) {
    out_ << c;
    if (c == '\n') {
      out_ << std::string(kColumn, ' ');
    }
  }
  out_ << "\n";
}

}  // namespace fabrik::cli
