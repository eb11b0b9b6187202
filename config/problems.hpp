// Everything that is wrong with a configuration, collected into one error.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "config/toml_reader.hpp"

namespace fabrik::config {

class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  // Whether more are worth their cost: a file of rubbish is not listed in full.
  bool full() const { return in_file_.size() >= kMost; }
  void in_file(Position at, std::string message) { in_file_.emplace_back(at, std::move(message)); }
  void elsewhere(std::string message) { elsewhere_.push_back(std::move(message)); }
  bool empty() const { return in_file_.empty() && elsewhere_.empty(); }
  // One per line, those of the file in its order.
  Error to_error() &&;

 private:
  static constexpr std::size_t kMost = 50;

  std::string file_;
  std::vector<std::pair<Position, std::string>> in_file_;
  std::vector<std::string> elsewhere_;
};

}  // namespace fabrik::config
