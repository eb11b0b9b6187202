#include "statefs/daemon_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/fs.hpp"
#include "statefs/json_file.hpp"

namespace fabrik::statefs {
namespace {

constexpr std::string_view kPid = "pid";
constexpr std::string_view kPorts = "ports.json";
constexpr std::string_view kConfigPath = "config_path.txt";

Result<pid_t> parse_pid(std::string_view text, const std::filesystem::path& path) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole =
      end != text.data() + text.size() && *end == '\n' && end + 1 == text.data() + text.size();
  if (error != std::errc() || !whole || value <= 1 || value > 1L << 30) {
    return fail(Errc::corrupt, path.string() + " does not hold a process id");
  }
  return static_cast<pid_t>(value);
}

Result<void> check_directory(const std::filesystem::path& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) {
    return fail_errno("look into " + path.string());
  }
  if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid() || (info.st_mode & 022) != 0) {
    return fail(Errc::forbidden, path.string() +
                                     " is not a directory of yours that only you can write; "
                                     "remove it");
  }
  return {};
}

}  // namespace

Result<DaemonDir> DaemonDir::create(const Paths& paths, std::string_view config_hash) {
  if (!is_short_hash(config_hash)) {
    return fail(Errc::invalid_argument, "a config hash has 16 hex digits");
  }
  FABRIK_CHECK(ensure_private_dir(paths.state));
  FABRIK_CHECK(ensure_private_dir(paths.state / "daemons"));
  DaemonDir dir(paths.daemon_dir(config_hash));
  FABRIK_CHECK(ensure_private_dir(dir.path()));
  FABRIK_CHECK(ensure_private_dir(dir.log_dir()));
  return dir;
}

Result<void> DaemonDir::write_snapshot(std::string_view config) const {
  return write_file_atomically(snapshot(), config);
}

Result<void> DaemonDir::publish(const DaemonRecord& record) const {
  // Metrics are served where the caches are.
  const nlohmann::json ports = {
      {"http", record.http_port}, {"grpc", record.grpc_port}, {"metrics", record.http_port}};
  FABRIK_CHECK(write_file_atomically(path_ / kConfigPath, record.config_path.native() + "\n"));
  FABRIK_CHECK(write_file_atomically(path_ / kPorts, ports.dump() + "\n"));
  return write_file_atomically(path_ / kPid, std::to_string(record.pid) + "\n");
}

bool DaemonDir::is_published() const {
  for (const auto& name : {kPid, kPorts, kConfigPath}) {
    if (::access((path_ / name).c_str(), F_OK) != 0) {
      return false;
    }
  }
  return ::access(snapshot().c_str(), F_OK) == 0;
}

void DaemonDir::retract() const {
  for (const auto& name : {kPid, kPorts, kConfigPath}) {
    ::unlink((path_ / name).c_str());
  }
  ::unlink(snapshot().c_str());
}

void DaemonDir::remove() const {
  retract();
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void DaemonDir::take_log_from(const DaemonDir& other) const {
  // Replaces an empty directory only: an existing log here is kept.
  ::rename(other.log_dir().c_str(), log_dir().c_str());
}

Result<DaemonRecord> read_daemon_record(const Paths& paths, std::string_view config_hash) {
  if (!is_short_hash(config_hash)) {
    return fail(Errc::invalid_argument, "a config hash has 16 hex digits");
  }
  const auto dir = paths.daemon_dir(config_hash);
  FABRIK_CHECK(check_directory(dir));
  FABRIK_TRY(const std::string pid, read_own_file(dir / kPid, 64));
  FABRIK_TRY(const nlohmann::json ports, read_json_file(dir / kPorts));
  FABRIK_TRY(std::string config_path, read_own_file(dir / kConfigPath));
  DaemonRecord record;
  FABRIK_TRY(record.pid, parse_pid(pid, dir / kPid));
  record.http_port = get_port(ports, "http");
  record.grpc_port = get_port(ports, "grpc");
  if (record.http_port == 0) {
    return fail(Errc::corrupt, (dir / kPorts).string() + " holds no usable port");
  }
  if (config_path.size() < 2 || config_path.front() != '/' || config_path.back() != '\n') {
    return fail(Errc::corrupt, (dir / kConfigPath).string() + " does not hold an absolute path");
  }
  config_path.pop_back();
  record.config_path = config_path;
  return record;
}

}  // namespace fabrik::statefs
