// Which entries a rule of the configuration is about.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cache/key.hpp"

namespace fabrik::cache {

// "gradle" (all of a space), "s3/ci-*" (namespaces of it), "*" (everything).
// Wildcards are `*` and `?`. Immutable.
class KeyPattern {
 public:
  // invalid_argument: no such space, or a namespace of all spaces at once.
  static Result<KeyPattern> parse(std::string_view text);

  bool matches(Space space, const std::string& ns) const;
  // Whether it holds for all namespaces of that space.
  bool matches_all_of(Space space) const;
  // As it was written.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::uint8_t space_ = 0;  // 0: all
  std::string ns_ = "*";
};

// Whether any of them does. Without a namespace: whether one holds for the whole space.
bool any_matches(const std::vector<KeyPattern>& patterns, const EntryKey& key);
bool any_matches_all_of(const std::vector<KeyPattern>& patterns, Space space);

}  // namespace fabrik::cache
