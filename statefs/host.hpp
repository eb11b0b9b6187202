// Facts about the running machine that state from before may not outlive.
#pragma once

#include <string>

namespace fabrik::statefs {

// The kernel's id of this boot; empty where there is none.
std::string boot_id();

}  // namespace fabrik::statefs
