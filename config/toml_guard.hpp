// A look at a TOML text before the parser gets it.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace fabrik::config {

// The parser recurses for every bracket and every dot of a key, takes time with the
// square of a list's length, and (toml11 3.7) reads beyond its buffer when it reports
// a byte that is not UTF-8: a stranger's checkout must neither crash nor hold up the
// shell. Refuses what no configuration needs: more than 4 brackets inside each other,
// more than 8 parts of a key, more than 256 commas between one pair of brackets,
// and text that is not UTF-8; as invalid_argument "<file>:<line>:<column>: ...".
Result<void> check_text(std::string_view file, std::string_view content);

}  // namespace fabrik::config
