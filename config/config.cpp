#include "config/config.hpp"

#include <algorithm>

#include "config/keys.hpp"

namespace fabrik::config {

std::vector<std::string> available_tools() {
  std::vector<std::string> names;
  for (const Tool& tool : tools()) {
    if (tool.available) {
      names.emplace_back(tool.name);
    }
  }
  return names;
}

bool BuildToolsConfig::is_enabled(std::string_view tool) const {
  return std::ranges::find(enabled, tool) != enabled.end();
}

bool BuildToolsConfig::is_auto_configured(std::string_view tool) const {
  return is_enabled(tool) &&
         std::ranges::find(not_auto_configured, tool) == not_auto_configured.end();
}

}  // namespace fabrik::config
