// Keeps a process that mostly waits small.
#pragma once

namespace fabrik::activate {

// Gives free heap back and drops the program's own code and constants from
// residence; what is still used comes back from the page cache.
void release_start_up_memory();

}  // namespace fabrik::activate
