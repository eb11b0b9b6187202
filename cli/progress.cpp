#include "cli/progress.hpp"

#include <algorithm>
#include <ostream>

namespace fabrik::cli {
namespace {

constexpr std::string_view kClearLine = "\r\033[K";

}  // namespace

std::string progress_bar(std::uint64_t done, std::uint64_t total) {
  constexpr std::size_t kWidth = 20;
  const double part =
      total == 0 ? 1.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(part * kWidth);
  const std::string percent = std::to_string(static_cast<int>(part * 100));
  return "[" + std::string(filled, '#') + std::string(kWidth - filled, '-') + "] " +
         std::string(3 - std::min<std::size_t>(3, percent.size()), ' ') + percent + "%";
}

Progress::~Progress() {
  if (visible_) {
    out_ << kClearLine << std::flush;
  }
}

void Progress::show(std::uint64_t done, std::uint64_t total, std::string_view detail) {
  if (!visible_) {
    return;
  }
  out_ << kClearLine << what_ << " ";
  if (total != 0) {
    out_ << progress_bar(done, total) << "  ";
  }
  out_ << detail << std::flush;
}

}  // namespace fabrik::cli
