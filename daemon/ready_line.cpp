#include "daemon/ready_line.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/fs.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::daemon {
namespace {

std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string ready_line(const ReadyFacts& facts) {
  nlohmann::ordered_json line = {{"ready", true}, {"cache_dir", facts.cache_dir.string()}};
  if (!facts.degraded.empty()) {
    line["degraded"] = facts.degraded;
  }
  if (facts.token_mode) {
    line["token_mode"] = true;
  }
  if (facts.http_port) {
    line["http_port"] = *facts.http_port;
  }
  if (facts.grpc_port) {
    line["grpc_port"] = *facts.grpc_port;
  }
  return dump(line);
}

std::string error_line(const Error& error) {
  return dump({{"error", error.message}, {"code", name(error.code)}});
}

Result<void> tell_starter(int ready_fd, const std::string& line) {
  if (ready_fd < 0) {
    return write_all(STDOUT_FILENO, line + "\n");
  }
  const UniqueFd fd(ready_fd);
  return write_all(fd.get(), line + "\n");
}

}  // namespace fabrik::daemon
