// "Did you mean ...?"
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace fabrik {

// The candidate with the fewest edits (insert, delete, replace, swap of
// neighbours) from `word`, or one that `word` is the beginning of. nullopt when
// none is close: more than a third of the letters differ.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

}  // namespace fabrik
