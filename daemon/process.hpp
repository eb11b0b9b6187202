// Limits and memory of this process.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fabrik::daemon {

// Ignores SIGPIPE, raises the limit of open files as far as we may, bounds
// malloc's arenas. Before threads are started.
void prepare_process();

// The kernel sends us SIGTERM when the thread that started us ends.
void end_with_parent();

// How many connections leave enough descriptors for the store.
std::size_t connection_limit(std::uint64_t open_file_limit);
std::uint64_t open_file_limit();

// Bytes of memory in use now; 0 when the system does not tell.
std::uint64_t resident_bytes();

}  // namespace fabrik::daemon
