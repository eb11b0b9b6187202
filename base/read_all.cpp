#include "base/read_all.hpp"

#include <unistd.h>

#include <array>

namespace fabrik {

Result<std::string> read_all(int fd, std::uint64_t limit) {
  std::string content;
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return fail_errno("read");
    }
    if (count == 0) {
      return content;
    }
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > limit) {
      return fail(Errc::too_large, "larger than " + std::to_string(limit) + " bytes");
    }
  }
}

}  // namespace fabrik
