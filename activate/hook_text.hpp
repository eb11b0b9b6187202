// What `fabrik activate bash|zsh|fish` prints.
#pragma once

#include <filesystem>
#include <string>

#include "activate/render_shell.hpp"
#include "base/result.hpp"

namespace fabrik::activate {

// The hook with the place of the program and the names of variables.hpp filled
// in. invalid_argument for Shell::posix, which has nothing to hook into.
Result<std::string> hook_text(Shell shell, const std::filesystem::path& executable);

}  // namespace fabrik::activate
