// Keeps a process that mostly waits small.
#pragma once

namespace fabrik {

// For a moment without work: gives free heap back and drops the program's own code and constants
// from residence; what is still used comes back from the page cache.
void release_idle_memory();

}  // namespace fabrik
