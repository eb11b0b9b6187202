// Whether the user's shell loads the hook at its start.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.hpp"

namespace fabrik::cli {

struct RcFile {
  std::string shell;                // "bash", "zsh", "fish"
  std::filesystem::path file = {};  // where the hook is, or would go
  bool has_hook = false;            // a line (no comment) runs `fabrik activate`
  std::string line = {};            // what to put there
};

// The start-up file of $SHELL. nullopt: no shell we have a hook for, or no home.
// Looks at the other files a shell of this kind reads, too, before it says that
// there is no hook.
std::optional<RcFile> find_rc_file(const Env& env);

// A line outside comments calls `fabrik activate` (with any path before it).
bool mentions_hook(std::string_view rc_text);

}  // namespace fabrik::cli
