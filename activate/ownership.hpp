// Whose files are these? A daemon runs for the user who owns the project and the
// state directories, never for root inside somebody else's tree.
#pragma once

#include "base/env.hpp"
#include "base/result.hpp"
#include "config/discover.hpp"
#include "statefs/paths.hpp"

namespace fabrik::activate {

// forbidden, with a message fit for one line on a prompt, when
// - we are root by way of sudo (doas, pkexec) and the configuration is not root's,
// - we are not root and it belongs to a third user and is not `trusted`,
// - the state directory, or the place it would be made in, belongs to another
//   user (`sudo -E` keeps HOME).
// Root without sudo, as in containers, may use a tree of any user.
Result<void> check_ownership(const config::Source& source, bool trusted, const Env& env,
                             const statefs::Paths& paths);

}  // namespace fabrik::activate
