#include "cache/key_pattern.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace fabrik::cache {

Result<KeyPattern> KeyPattern::parse(std::string_view text) {
  KeyPattern pattern;
  pattern.text_ = text;
  const auto slash = std::min(text.find('/'), text.size());
  const std::string_view space = text.substr(0, slash);
  if (text == "*") {
    return pattern;
  }
  const auto known =
      std::ranges::find_if(kSpaces, [space](Space one) { return name(one) == space; });
  if (known == kSpaces.end()) {
    return fail(Errc::invalid_argument, "there is no \"" + std::string(space) +
                                            "\" in the cache; write \"gradle\", "
                                            "\"s3/BUCKET\" or \"*\"");
  }
  pattern.space_ = static_cast<std::uint8_t>(*known);
  if (slash != text.size()) {
    pattern.ns_ = text.substr(slash + 1);
  }
  return pattern;
}

bool KeyPattern::matches(Space space, const std::string& ns) const {
  return (space_ == 0 || space_ == static_cast<std::uint8_t>(space)) &&
         ::fnmatch(ns_.c_str(), ns.c_str(), 0) == 0;
}

bool KeyPattern::matches_all_of(Space space) const {
  return (space_ == 0 || space_ == static_cast<std::uint8_t>(space)) && ns_ == "*";
}

bool any_matches(const std::vector<KeyPattern>& patterns, const EntryKey& key) {
  return std::ranges::any_of(
      patterns, [&key](const KeyPattern& one) { return one.matches(key.space, key.ns); });
}

bool any_matches_all_of(const std::vector<KeyPattern>& patterns, Space space) {
  return std::ranges::any_of(patterns,
                             [space](const KeyPattern& one) { return one.matches_all_of(space); });
}

}  // namespace fabrik::cache
