// The tables of commands and options as documents.
#pragma once

#include <string>
#include <string_view>

namespace fabrik::cli {

// The generated part of docs/cli.md.
std::string markdown_reference();

// fabrik(1) as roff, for `man`.
std::string man_page();

}  // namespace fabrik::cli
