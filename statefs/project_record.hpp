// projects/<project id>.json: what ties the generations of one project together
// and outlives stops and reboots.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "statefs/paths.hpp"

namespace fabrik::statefs {

struct ProjectRecord {
  std::filesystem::path config_path;
  std::string config_hash;      // the generation served last
  std::uint16_t http_port = 0;  // tried first by the next start
  std::uint16_t grpc_port = 0;  // likewise
  std::string boot_id;          // the boot it was written in
};

// not_found: a new project. forbidden, corrupt: not to be believed; a writer
// replaces it.
Result<ProjectRecord> read_project_record(const Paths& paths, std::string_view project_id);
Result<void> write_project_record(const Paths& paths, std::string_view project_id,
                                  const ProjectRecord& record);

}  // namespace fabrik::statefs
