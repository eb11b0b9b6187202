// The version of this program; FABRIK_VERSION comes from the build.
#pragma once

#include <string_view>

namespace fabrik::daemon {

inline constexpr std::string_view kVersion = FABRIK_VERSION;

}  // namespace fabrik::daemon
