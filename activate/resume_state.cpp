#include "activate/resume_state.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/fs.hpp"
#include "statefs/json_file.hpp"

namespace fabrik::activate {
namespace {

constexpr int kVersion = 1;
constexpr std::size_t kMostBytes = 64 * 1024 * 1024;

void close_all_on_exec() {
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

Result<void> survive_exec(int fd) {
  if (::fcntl(fd, F_SETFD, 0) != 0) {
    return fail_errno("keep descriptor " + std::to_string(fd));
  }
  return {};
}

nlohmann::json describe(const SupervisorParts& parts) {
  nlohmann::json json = {{"version", kVersion},
                         {"project_id", parts.project_id},
                         {"lock_fd", parts.lock.fd()},
                         {"http_fd", parts.listeners.http.get()},
                         {"grpc_fd", parts.listeners.grpc.get()},
                         {"control_fd", parts.listeners.control.get()},
                         {"admin_fd", parts.listeners.admin.get()},
                         {"http_port", parts.listeners.http_port},
                         {"grpc_port", parts.listeners.grpc_port},
                         {"user_config", parts.generation.source.is_user_config},
                         {"trusted_by_caller", parts.generation.trusted_by_caller},
                         {"started_unix_ms", parts.started_unix_ms},
                         {"restarts", parts.restarts},
                         {"foreground", parts.foreground},
                         {"calls", nlohmann::json::array()}};
  statefs::put_bytes(json, "config_path", parts.generation.source.path.native());
  statefs::put_bytes(json, "config", parts.generation.source.content);
  statefs::put_bytes(json, "cache_dir", parts.generation.cache_dir);
  statefs::put_bytes(json, "worker", parts.worker.native());
  return json;
}

Result<UniqueFd> take_fd(const nlohmann::json& json, std::string_view key) {
  const int fd = static_cast<int>(statefs::get_int(json, key, -1));
  if (fd < 3 || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return fail(Errc::invalid_argument, "resume: " + std::string(key) + " is not a descriptor");
  }
  return UniqueFd(fd);
}

Result<std::vector<ResumedCall>> take_calls(const nlohmann::json& json) {
  std::vector<ResumedCall> calls;
  const auto list = json.find("calls");
  if (list == json.end() || !list->is_array()) {
    return calls;
  }
  for (const auto& entry : *list) {
    if (!entry.is_object()) {
      continue;
    }
    FABRIK_TRY(UniqueFd fd, take_fd(entry, "fd"));
    calls.push_back({std::move(fd),
                     {statefs::get_string(entry, "method"), statefs::get_string(entry, "target"),
                      statefs::get_string(entry, "body")}});
  }
  return calls;
}

Result<std::string> read_memory(int fd) {
  struct stat info{};
  if (::fstat(fd, &info) != 0 || info.st_size < 0 ||
      static_cast<std::size_t>(info.st_size) > kMostBytes) {
    return fail(Errc::invalid_argument, "resume: the state is not readable");
  }
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  if (::pread(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return fail_errno("read the state of the image before");
  }
  return text;
}

}  // namespace

Result<UniqueFd> save_resume_state(const SupervisorParts& parts, const ControlServer& server,
                                   const std::vector<ControlCall>& unanswered) {
  nlohmann::json json = describe(parts);
  std::vector<int> kept = {parts.lock.fd(), parts.listeners.http.get(), parts.listeners.grpc.get(),
                           parts.listeners.control.get(), parts.listeners.admin.get()};
  for (const ControlCall& call : unanswered) {
    if (const auto fd = server.descriptor(call.id)) {
      json["calls"].push_back({{"fd", *fd},
                               {"method", call.request.method},
                               {"target", call.request.target},
                               {"body", call.request.body}});
      kept.push_back(*fd);
    }
  }
  UniqueFd memory(::memfd_create("fabrik-resume", MFD_CLOEXEC));
  if (!memory) {
    return fail_errno("make memory for the state");
  }
  FABRIK_CHECK(
      write_all(memory.get(), json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)));
  close_all_on_exec();
  kept.push_back(memory.get());
  for (const int fd : kept) {
    FABRIK_CHECK(survive_exec(fd));
  }
  return memory;
}

void keep_private_again() {
  close_all_on_exec();
}

Result<ResumeState> load_resume_state(UniqueFd memory) {
  FABRIK_TRY(const std::string text, read_memory(memory.get()));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || statefs::get_int(json, "version") != kVersion) {
    return fail(Errc::invalid_argument, "resume: the state is of another version");
  }
  ResumeState state;
  state.project_id = statefs::get_string(json, "project_id");
  FABRIK_TRY(state.lock, take_fd(json, "lock_fd"));
  FABRIK_TRY(state.listeners.http, take_fd(json, "http_fd"));
  if (json.contains("grpc_fd")) {  // builds before gRPC had none
    FABRIK_TRY(state.listeners.grpc, take_fd(json, "grpc_fd"));
    state.listeners.grpc_port = statefs::get_port(json, "grpc_port");
  }
  FABRIK_TRY(state.listeners.control, take_fd(json, "control_fd"));
  FABRIK_TRY(state.listeners.admin, take_fd(json, "admin_fd"));
  state.listeners.http_port = statefs::get_port(json, "http_port");
  state.source.path = statefs::get_bytes(json, "config_path");
  state.source.content = statefs::get_bytes(json, "config");
  state.source.is_user_config = statefs::get_bool(json, "user_config");
  state.trusted_by_caller = statefs::get_bool(json, "trusted_by_caller");
  state.cache_dir = statefs::get_bytes(json, "cache_dir");
  state.started_unix_ms = statefs::get_int(json, "started_unix_ms");
  state.restarts = static_cast<std::uint64_t>(statefs::get_int(json, "restarts"));
  state.foreground = statefs::get_bool(json, "foreground");
  state.worker = statefs::get_bytes(json, "worker");
  FABRIK_TRY(state.calls, take_calls(json));
  if (!statefs::is_short_hash(state.project_id) || state.listeners.http_port == 0 ||
      state.source.project_id() != state.project_id) {
    return fail(Errc::invalid_argument, "resume: the state is incomplete");
  }
  return state;
}

}  // namespace fabrik::activate
