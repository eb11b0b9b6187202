#include "config/problems.hpp"

#include <algorithm>

namespace fabrik::config {

Error Problems::to_error() && {
  std::ranges::sort(in_file_);
  std::string text;
  for (const auto& [at, message] : in_file_) {
    text += file_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
            message + "\n";
  }
  if (full()) {
    text += file_ + ": there may be more problems; only the first are listed\n";
  }
  for (const std::string& message : elsewhere_) {
    text += message + "\n";
  }
  text.pop_back();
  return {Errc::invalid_argument, std::move(text)};
}

}  // namespace fabrik::config
