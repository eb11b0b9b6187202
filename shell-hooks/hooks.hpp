// The text of the shell hooks, as templates: activate/hook_text.hpp fills them in.
#pragma once

#include <string_view>

namespace fabrik::shell_hooks {

std::string_view bash_hook();
std::string_view zsh_hook();
std::string_view fish_hook();

}  // namespace fabrik::shell_hooks
