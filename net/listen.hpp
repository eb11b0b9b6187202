// Opening listening sockets: loopback and Unix only, never a wider address.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::net {

// On 127.0.0.1; port 0 leaves the choice to the kernel. conflict: it is taken.
Result<UniqueFd> listen_on_loopback(std::uint16_t port);
// A socket file of mode 0600; a stale one at `path` is replaced.
Result<UniqueFd> listen_on_unix(const std::filesystem::path& path);
// The port a TCP socket is bound to.
Result<std::uint16_t> port_of(int fd);

}  // namespace fabrik::net
