// Which namespaces of Bazel's protocols are served (`build_tools.bazel.instances`).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fabrik::adapters {

class NamespaceRule {
 public:
  // Patterns with `*` (any characters, slashes too) and `?`; none: every name is served.
  explicit NamespaceRule(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}
  bool serves(std::string_view name) const;

 private:
  std::vector<std::string> patterns_;
};

}  // namespace fabrik::adapters
