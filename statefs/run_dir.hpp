// The runtime directory of a project, made with care.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "statefs/paths.hpp"

namespace fabrik::statefs {

// Makes the state and runtime directories and the project's place in the latter,
// each 0700 and ours. forbidden when one of them is somebody else's; that covers
// the short fallback below /tmp, where others could have been first.
Result<void> prepare_run_dir(const Paths& paths, std::string_view project_id);

}  // namespace fabrik::statefs
