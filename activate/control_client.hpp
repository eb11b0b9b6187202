// Talks to a project's supervisor over its Unix socket: HTTP/1.1 with JSON
// bodies (docs/control-protocol.md). Blocking, with a deadline; no Asio, so that
// the thin client stays thin. Checks that the other end runs under our own uid.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "activate/activate_request.hpp"
#include "activate/control_message.hpp"
#include "activate/daemon_status.hpp"
#include "base/result.hpp"
#include "config/discover.hpp"
#include "statefs/paths.hpp"

namespace fabrik::activate {

// One request on a fresh connection. unavailable: nobody listens there.
Result<ControlReply> control_request(const std::filesystem::path& socket, std::string_view method,
                                     std::string_view target, std::string_view body,
                                     std::chrono::milliseconds timeout);

// GET /v1/status. nullopt: no daemon is running for that project.
Result<std::optional<DaemonStatus>> query_status(const statefs::Paths& paths,
                                                 std::string_view project_id,
                                                 std::chrono::milliseconds timeout);

// POST /v1/stop: the worker drains, the supervisor goes, its state is removed.
// Returns when it is gone; false: there was none. Never starts anything.
Result<bool> stop_daemon(const statefs::Paths& paths, std::string_view project_id,
                         std::chrono::milliseconds timeout);

// POST /v1/restart: a fresh worker behind the same ports. `request`: as
// restart_request() makes it; empty: with the settings there are.
Result<DaemonStatus> restart_daemon(const statefs::Paths& paths, std::string_view project_id,
                                    std::chrono::milliseconds timeout,
                                    std::string_view request = "{}");

// POST /v1/activate. The error is the supervisor's own: an invalid config, a
// worker that could not start, ... The old generation then goes on.
Result<DaemonStatus> activate_daemon(const statefs::Paths& paths, std::string_view project_id,
                                     const ActivateRequest& request,
                                     std::chrono::milliseconds timeout);

// Every project with a run directory whose supervisor answers.
std::vector<DaemonStatus> list_daemons(const statefs::Paths& paths);

// GET `target` on the worker's admin socket ("/v1/stats"): the JSON body. Wakes
// an idle worker.
Result<std::string> worker_get(const statefs::Paths& paths, std::string_view project_id,
                               std::string_view target, std::chrono::milliseconds timeout);

}  // namespace fabrik::activate
