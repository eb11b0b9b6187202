#include "activate/bazel_rc.hpp"

namespace fabrik::activate {

std::string bazel_rc(std::uint16_t http_port, bool served, std::string_view token) {
  std::string text = "# Written by fabrik; changes are lost.\n";
  if (served) {
    const std::string user = token.empty() ? "" : "fabrik:" + std::string(token) + "@";
    text += "build --remote_cache=http://" + user + "127.0.0.1:" + std::to_string(http_port) + "\n";
    // A read-only setting elsewhere in the workspace is meant for a shared cache.
    text += "build --remote_upload_local_results=true\n";
  }
  return text;
}

}  // namespace fabrik::activate
