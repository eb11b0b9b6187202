// Values that are lists of words separated by blanks, such as GRADLE_OPTS.
#pragma once

#include <string>
#include <string_view>

namespace fabrik::activate {

// `text` without the words that start with `prefix`, each taken out with one
// blank before it (or behind it, for a first word). The rest stays as it is.
std::string without_word(std::string_view text, std::string_view prefix);

// Is there a word that starts with `prefix`?
bool has_word(std::string_view text, std::string_view prefix);

}  // namespace fabrik::activate
