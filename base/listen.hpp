// Opening listening sockets: loopback and Unix only, never a wider address. All are
// non-blocking and closed on exec.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fabrik {

// On 127.0.0.1; port 0 leaves the choice to the kernel. conflict: it is taken.
// On Linux a connection waits in the kernel until its client has sent something (or
// for a few seconds), so that whoever accepts it has a request to answer.
Result<UniqueFd> listen_on_loopback(std::uint16_t port);

// A socket file of mode 0600; whatever has that name is replaced. The directory must
// be nobody else's.
Result<UniqueFd> listen_on_unix(const std::filesystem::path& path);

// The port a TCP socket is bound to.
Result<std::uint16_t> port_of(int fd);

}  // namespace fabrik
