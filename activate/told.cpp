#include "activate/told.hpp"

#include <algorithm>

#include "activate/shell_state.hpp"

namespace fabrik::activate {
namespace {

constexpr std::size_t kSize = 12;  // of a fingerprint
constexpr std::size_t kKept = 32;
constexpr std::string_view kNone = "------------";

}  // namespace

Told Told::decode(std::string_view text) {
  Told told;
  const bool plausible = text.size() % kSize == 0 && text.size() <= (kKept + 1) * kSize &&
                         text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
  if (!plausible || text.empty()) {
    return told;
  }
  if (text.substr(0, kSize) != kNone) {
    told.problem_ = text.substr(0, kSize);
  }
  for (std::size_t at = kSize; at < text.size(); at += kSize) {
    told.notices_.emplace_back(text.substr(at, kSize));
  }
  return told;
}

std::string Told::encode() const {
  if (problem_.empty() && notices_.empty()) {
    return {};
  }
  std::string text = problem_.empty() ? std::string(kNone) : problem_;
  for (const std::string& notice : notices_) {
    text += notice;
  }
  return text;
}

bool Told::once(std::string_view text) {
  const std::string mark = fingerprint(text);
  if (std::ranges::find(notices_, mark) != notices_.end()) {
    return false;
  }
  if (notices_.size() == kKept) {
    notices_.erase(notices_.begin());
  }
  notices_.push_back(mark);
  return true;
}

bool Told::problem(std::string_view text) {
  const std::string mark = fingerprint(text);
  if (problem_ == mark) {
    return false;
  }
  problem_ = mark;
  return true;
}

}  // namespace fabrik::activate
