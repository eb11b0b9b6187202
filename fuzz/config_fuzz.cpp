// A fabrik.toml of any bytes: it loads, or says where it is wrong.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/load.hpp"
#include "config/settings.hpp"

namespace {

using namespace fabrik;

constexpr const char* kPath = "/project/fabrik.toml";

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

// Each line of a message starts with the file, a line and a column.
void require_positions(const std::string& message) {
  require(!message.empty());
  for (std::size_t at = 0; at < message.size();) {
    const auto end = std::min(message.find('\n', at), message.size());
    const auto line = message.substr(at, end - at);
    at = end + 1;
    const std::string start = std::string(kPath) + ":";
    require(line.starts_with(start));
    if (line.find("there may be more problems") == std::string::npos) {
      require(line.size() > start.size() && line[start.size()] >= '1' && line[start.size()] <= '9');
    }
  }
}

// What the settings are printed as means the same when it is read again.
void require_round_trip(const config::Resolved& resolved) {
  std::string text;
  for (const auto& [name, setting] : resolved.settings) {
    if (!setting.key->is_pattern()) {
      text += name + " = " + setting.text + "\n";
    }
  }
  const config::Source again{.path = kPath, .content = text};
  const auto second = config::resolve(&again, {}, {}, config::Trust::trusted);
  require(second.has_value());
  for (const auto& [name, setting] : second->settings) {
    require(setting.value == resolved.settings.at(name).value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const config::Source source{.path = kPath,
                              .content = {reinterpret_cast<const char*>(data), size}};
  const auto resolved = config::resolve(&source, {}, {}, config::Trust::trusted);
  if (!resolved) {
    require_positions(resolved.error().message);
  } else {
    require_round_trip(*resolved);
  }
  // A stranger's file is neither better nor worse, only less powerful.
  const auto restricted = config::load(&source, {}, {}, config::Trust::restricted);
  require(restricted.has_value() == resolved.has_value());
  return 0;
}
