#include "adapters/shared/namespace_rule.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace fabrik::adapters {

bool NamespaceRule::serves(std::string_view name) const {
  const std::string text(name);
  const auto matches = [&text](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), text.c_str(), FNM_NOESCAPE) == 0;
  };
  return patterns_.empty() || std::ranges::any_of(patterns_, matches);
}

}  // namespace fabrik::adapters
