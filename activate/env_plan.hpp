// Which variables point the build tools of a project at its daemon. Pure.
#pragma once

#include <string>
#include <vector>

#include "activate/daemon_status.hpp"
#include "activate/sccache_probe.hpp"
#include "base/env.hpp"
#include "config/config.hpp"

namespace fabrik::activate {

struct Assignment {
  std::string name;
  std::string value;
};

// In the order of variables.hpp, a tool's only when build_tools.enabled has it.
// `user` is what build tools would see without fabrik: it decides what is left
// alone (an own TURBO_API, CCACHE_REMOTE_STORAGE, RUSH_BUILD_CACHE_OVERRIDE_JSON)
// and what is kept or added to (TURBO_TOKEN, TURBO_TEAM, GRADLE_OPTS). A variable
// that is set to nothing counts as not set. Gradle's build cache is switched on only
// for a user who asked for that with `fabrik setup gradle`. sccache is left alone
// where the user has a remote cache of their own, where requests must be signed
// (AWS_* variables are never ours to set), and where the one on PATH has no S3.
std::vector<Assignment> plan_environment(const config::Config& config, const DaemonStatus& status,
                                         const Env& user, bool gradle_is_set_up,
                                         const SccacheFacts& sccache = {});

}  // namespace fabrik::activate
