// The JSON of `fabrik status --json`; docs/cli.md documents it. Members are only
// ever added.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/status_report.hpp"

namespace fabrik::cli {

nlohmann::ordered_json status_json(const StatusReport& report);
nlohmann::ordered_json daemons_json(const std::vector<activate::DaemonStatus>& daemons);

// Indented text; bytes that are no UTF-8 are replaced.
std::string dump_json(const nlohmann::ordered_json& json);

}  // namespace fabrik::cli
