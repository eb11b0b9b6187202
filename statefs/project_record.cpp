#include "statefs/project_record.hpp"

#include <nlohmann/json.hpp>

#include "base/fs.hpp"
#include "statefs/json_file.hpp"

namespace fabrik::statefs {

Result<ProjectRecord> read_project_record(const Paths& paths, std::string_view project_id) {
  if (!is_short_hash(project_id)) {
    return fail(Errc::invalid_argument, "a project id has 16 hex digits");
  }
  const auto path = paths.project_record(project_id);
  FABRIK_TRY(const nlohmann::json json, read_json_file(path));
  ProjectRecord record;
  record.config_path = get_bytes(json, "config_path");
  record.config_hash = get_string(json, "config_hash");
  record.http_port = get_port(json, "http_port");
  record.grpc_port = get_port(json, "grpc_port");
  record.boot_id = get_string(json, "boot_id");
  if (!is_short_hash(record.config_hash) || !record.config_path.is_absolute()) {
    return fail(Errc::corrupt, path.string() + " is not a complete project record");
  }
  return record;
}

Result<void> write_project_record(const Paths& paths, std::string_view project_id,
                                  const ProjectRecord& record) {
  if (!is_short_hash(project_id)) {
    return fail(Errc::invalid_argument, "a project id has 16 hex digits");
  }
  FABRIK_CHECK(ensure_private_dir(paths.state));
  FABRIK_CHECK(ensure_private_dir(paths.state / "projects"));
  nlohmann::json json = {{"version", 1},
                         {"config_hash", record.config_hash},
                         {"http_port", record.http_port},
                         {"grpc_port", record.grpc_port},
                         {"boot_id", record.boot_id}};
  put_bytes(json, "config_path", record.config_path.native());
  return write_file_atomically(paths.project_record(project_id), json.dump(2) + "\n");
}

}  // namespace fabrik::statefs
