// The storage helper as a process: its socket, its clients, its end.
#pragma once

#include "base/env.hpp"
#include "base/result.hpp"

namespace fabrik::ccache_helper {

// The name under which ccache looks for a helper of fabrik:// URLs.
inline constexpr std::string_view kProgramName = "ccache-storage-fabrik";

// Serves until ccache asks it to stop or nobody has asked anything for the idle
// timeout; the process ends then, with status 0. Returns only with the reason why it
// could not begin. Listens under umask 077, and to this user alone.
Error serve(const Env& env);

}  // namespace fabrik::ccache_helper
